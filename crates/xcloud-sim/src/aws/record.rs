//! Recording AWS traffic, for judges that work from the service models.

use serde_json::json;

use crate::{Caller, Request, Response};

/// Returns a request and its answer as one line of JSON.
pub fn pair_line(request: &Request, response: &Response) -> String {
    let Caller::Aws { service, region, .. } = &request.caller else { return String::new() };
    let url = request.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    json!({
        "service": service,
        "region": region,
        "method": request.method.as_str(),
        "url": url,
        "body": String::from_utf8_lossy(&request.body),
        "status": response.status,
        "answer": String::from_utf8_lossy(&response.body),
    })
    .to_string()
}
