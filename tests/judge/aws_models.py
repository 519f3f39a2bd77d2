"""Judges recorded AWS traffic by the service models that AWS publishes with botocore.

    python tests/judge/aws_models.py PAIRS.jsonl

Each line is one exchange: service, method, url, body, status, answer. Of a request: the operation exists, every parameter
is known to it and of its type, required ones are there, enums, ranges, lengths and patterns hold, and botocore, given
what was read, writes the same. Of an answer: every element is known in its place, lists are wrapped as the model says,
scalars are of their type. Prints each violation once, with how often, and `N exchanges, N operations, N violations`;
exits 1 if there are any. What an answer means is not judged.
"""

import collections
import json
import re
import sys
import urllib.parse
import xml.etree.ElementTree as ET

import botocore.loaders
import botocore.model
import botocore.serialize
import botocore.validate

MODELS = {"ec2": "ec2", "elasticloadbalancing": "elbv2", "route53": "route53", "sts": "sts"}
SCALARS = {
    "boolean": re.compile(r"true|false"),
    "integer": re.compile(r"-?\d+"),
    "long": re.compile(r"-?\d+"),
    "timestamp": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)"),
}
# Real AWS answers them so, and its own model does not say it.
BEYOND_THE_MODEL = {("CreateSecurityGroup", "return")}

found = collections.Counter()
models, serializers = {}, {}


def violation(operation, text):
    found[f"{operation}: {text}"] += 1


def model_of(service):
    name = MODELS[service]
    if name not in models:
        models[name] = botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model(name, "service-2"), name)
        protocol = models[name].metadata["protocol"]
        serializers[name] = botocore.serialize.create_serializer(protocol, include_validation=False)
    return models[name], serializers[name]


def scalar(shape, text, where):
    kind = shape.type_name
    if kind in SCALARS and not SCALARS[kind].fullmatch(text):
        violation(where, f"{text!r} is no {kind}")
        return text
    return {"boolean": lambda: text == "true", "integer": lambda: int(text), "long": lambda: int(text)}.get(kind, lambda: text)()


def query_name(protocol, name, shape):
    if protocol == "ec2":
        own = shape.serialization.get("queryName")
        return own or (lambda wire: wire[0].upper() + wire[1:])(shape.serialization.get("name", name))
    return shape.serialization.get("name", name)


def from_query(protocol, shape, fields, prefix, where, used):
    """Reads a value of `shape` from form fields that begin with `prefix`; None if there is none."""
    if shape.type_name == "structure":
        read = {}
        for name, member in shape.members.items():
            wire = ".".join(filter(None, [prefix, query_name(protocol, name, member)]))
            value = from_query(protocol, member, fields, wire, where, used)
            if value is not None:
                read[name] = value
        return read or None
    if shape.type_name == "list":
        wrap = "" if protocol == "ec2" or shape.serialization.get("flattened") else ".member"
        values, at = [], 1
        while (value := from_query(protocol, shape.member, fields, f"{prefix}{wrap}.{at}", where, used)) is not None:
            values.append(value)
            at += 1
        return values or None
    if prefix not in fields:
        return None
    used.add(prefix)
    return scalar(shape, fields[prefix], where)


def from_xml(shape, element, where):
    if shape.type_name == "structure":
        names = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        read = {}
        for child in element:
            wire = local(child)
            if wire not in names:
                violation(where, f"element {wire} is unknown in {shape.name}")
                continue
            name, member = names[wire]
            read[name] = from_xml(member, child, where)
        return read
    if shape.type_name == "list":
        item = shape.member.serialization.get("name", "member")
        for child in element:
            if local(child) != item:
                violation(where, f"element {local(child)} in a list of {item}")
        return [from_xml(shape.member, child, where) for child in element]
    return scalar(shape, element.text or "", where)


def constraints(shape, value, where, path=""):
    """What botocore's own validator leaves out: enums, patterns, upper bounds."""
    if shape.type_name == "structure":
        for name, part in value.items():
            constraints(shape.members[name], part, where, f"{path}.{name}")
        return
    if shape.type_name == "list":
        for part in value:
            constraints(shape.member, part, where, f"{path}[]")
    size = value if isinstance(value, int) and not isinstance(value, bool) else len(value) if hasattr(value, "__len__") else None
    top = shape.metadata.get("max")
    if top is not None and size is not None and size > top:
        violation(where, f"{path} is over {top}")
    if shape.type_name == "string":
        if getattr(shape, "enum", None) and value not in shape.enum:
            violation(where, f"{path} {value!r} is none of the enum's values")
        pattern = shape.metadata.get("pattern")
        if pattern and not re.search(pattern.replace("\\p{L}\\p{Z}\\p{N}", "\\w\\s"), value):
            violation(where, f"{path} {value!r} does not fit {pattern}")


def judge_request(pair, model, serializer):
    url = urllib.parse.urlsplit(pair["url"])
    protocol = model.metadata["protocol"]
    if protocol != "rest-xml":
        fields = dict(urllib.parse.parse_qsl(pair["body"], keep_blank_values=True))
        name = fields.pop("Action", None)
        if name not in model.operation_names:
            violation(model.service_name, f"there is no operation {name}")
            return None
        operation = model.operation_model(name)
        if fields.pop("Version", None) != model.api_version:
            violation(name, "Version is not that of the model")
        used = set()
        read = from_query(protocol, operation.input_shape, fields, "", name, used) if operation.input_shape else None
        for unknown in sorted(set(fields) - used):
            violation(name, f"parameter {re.sub(r'[0-9]+', 'N', unknown)} is unknown or out of its place")
        written = serializer.serialize_to_request(read or {}, operation)["body"]
        sent = {key: value for key, value in written.items() if key not in ("Action", "Version")}
        if {key: str(value).lower() for key, value in sent.items()} != {key: value.lower() for key, value in fields.items()}:
            violation(name, "botocore writes the same parameters otherwise")
    else:
        operation, read = rest_request(pair, url, model)
        if operation is None:
            violation(model.service_name, f"there is no operation {pair['method']} {url.path}")
            return None
    name = operation.name
    if operation.input_shape:
        report = botocore.validate.ParamValidator().validate(read or {}, operation.input_shape)
        if report.has_errors():
            violation(name, report.generate_report().replace("\n", "; "))
        constraints(operation.input_shape, read or {}, name)
    return operation


def rest_request(pair, url, model):
    for name in model.operation_names:
        operation = model.operation_model(name)
        route = operation.http["requestUri"].split("?")[0]
        pattern = re.sub(r"\{(\w+)\+?\}", r"(?P<\1>[^/]+)", route.rstrip("/"))
        match = re.fullmatch(pattern, url.path.rstrip("/"))
        if operation.http["method"] != pair["method"] or not match:
            continue
        shape, read = operation.input_shape, {}
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        for member_name, member in shape.members.items():
            wire, place = member.serialization.get("name", member_name), member.serialization.get("location")
            if place == "uri":
                read[member_name] = urllib.parse.unquote(match.group(wire))
            elif place == "querystring" and wire in query:
                read[member_name] = scalar(member, query.pop(wire), name)
        for unknown in query:
            violation(name, f"query parameter {unknown} is unknown")
        if pair["body"]:
            body = {key: member for key, member in shape.members.items() if "location" not in member.serialization}
            root = ET.fromstring(pair["body"])
            wanted = (operation.input_shape.serialization or {}).get("name", operation.input.get("locationName") if hasattr(operation, "input") else None)
            if wanted and local(root) != wanted:
                violation(name, f"the root element is {local(root)}, not {wanted}")
            for child in root:
                match_name = next((key for key, member in body.items() if member.serialization.get("name", key) == local(child)), None)
                if match_name is None:
                    violation(name, f"element {local(child)} is unknown in the request")
                else:
                    read[match_name] = from_xml(body[match_name], child, name)
        return operation, read
    return None, None


def local(element):
    return element.tag.rsplit("}", 1)[-1]


def walk(shape, element, operation, protocol):
    """Every element of an answer is known in its place, and of its type."""
    if shape.type_name == "structure":
        names = {member.serialization.get("name", name): member for name, member in shape.members.items()
                 if member.serialization.get("location") is None}
        for child in element:
            wire = local(child)
            if wire in ("requestId", "ResponseMetadata") or (operation, wire) in BEYOND_THE_MODEL:
                continue
            if wire not in names:
                violation(operation, f"the answer's {wire} is unknown in {shape.name}")
            else:
                walk(names[wire], child, operation, protocol)
    elif shape.type_name == "list":
        wire = shape.member.serialization.get("name", "item" if protocol == "ec2" else "member")
        for child in element:
            if local(child) != wire:
                violation(operation, f"the answer has {local(child)} in a list of {wire} ({shape.name})")
            else:
                walk(shape.member, child, operation, protocol)
    elif shape.type_name in SCALARS:
        scalar(shape, element.text or "", operation)


def judge_answer(pair, operation, protocol):
    root = ET.fromstring(pair["answer"])
    if pair["status"] >= 300:
        if root.find(".//{*}Code") is None and root.find(".//Code") is None:
            violation(operation.name, "a refusal without a code")
        return
    shape = operation.output_shape
    if shape is None:
        return
    if protocol == "query":
        wrapper = shape.serialization.get("resultWrapper", f"{operation.name}Result")
        root = next((child for child in root if local(child) == wrapper), root)
    walk(shape, root, operation.name, protocol)


def main():
    operations, exchanges = set(), 0
    with open(sys.argv[1]) as pairs:
        for line in pairs:
            pair = json.loads(line)
            exchanges += 1
            model, serializer = model_of(pair["service"])
            operation = judge_request(pair, model, serializer)
            if operation is not None:
                operations.add((pair["service"], operation.name))
                judge_answer(pair, operation, model.metadata["protocol"])
    for text, times in sorted(found.items()):
        print(f"{times:5} x {text}")
    print(f"{exchanges} exchanges, {len(operations)} operations, {sum(found.values())} violations")
    sys.exit(1 if found or not exchanges else 0)


if __name__ == "__main__":
    main()
