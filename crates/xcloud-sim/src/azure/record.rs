//! Recorded traffic: one line of JSON for each request and its answer.

use serde_json::{Map, Value, json};

use crate::{Request, Response};

/// The request headers that belong to the API; credentials are never recorded.
const RECORDED: [&str; 4] = ["content-type", "if-match", "if-none-match", "x-ms-client-request-id"];

/// Returns one line of JSON with the request and its answer, to be judged against OpenAPI files.
#[must_use]
pub fn pair_line(request: &Request, response: &Response) -> String {
    let mut request_headers = Map::new();
    for name in RECORDED {
        if let Some(value) = request.headers.get(name).and_then(|value| value.to_str().ok()) {
            request_headers.insert(name.to_owned(), json!(value));
        }
    }
    let response_headers: Map<String, Value> =
        response.headers.iter().map(|(name, value)| (name.to_lowercase(), json!(value))).collect();
    let url = request.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    json!({
        "method": request.method.as_str(),
        "url": url,
        "requestHeaders": request_headers,
        "requestBody": body(&request.body),
        "status": response.status,
        "responseHeaders": response_headers,
        "responseBody": body(&response.body),
    })
    .to_string()
}

fn body(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(bytes).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
}
