"""Prepares recorded Resource Manager traffic for a judge that works from Microsoft's OpenAPI files.

    python tests/judge/arm_pairs.py IN.jsonl OUT.jsonl [--refusals-expected]

Four things in the files or in the validator would hide real findings, and are taken out of the way here; what was
done is printed, with counts:

- privateEndpoint.json and privateLinkService.json describe an error as the inside of `{"error": ...}`; Azure sends
  the envelope, as for every other type. The envelope is checked here and the inside is judged.
- The validator finds two operations for `privateDnsZones/{zone}/ALL` (the other is `{recordType}`); both are defined
  alike, so the pair is judged as a list of type A.
- Operations of firewalls are followed under `nfvOperations` and `nfvOperationResults`, which no file describes: these
  answers are left out.
- Requests that the cloud refused as malformed. A client under judgement sends none: they fail the run, unless
  `--refusals-expected` says that somebody sent them on purpose.
"""

import argparse
import json
import re
import sys

ERROR_WITHOUT_ENVELOPE = re.compile(r"/providers/Microsoft\.Network/(privateEndpoints|privateLinkServices)(/|\?|$)", re.I)
ALL_RECORDS = re.compile(r"(/privateDnsZones/[^/]+)/ALL(\?|$)", re.I)
NFV_OPERATION = re.compile(r"/locations/[^/]+/nfvOperation(s|Results)/", re.I)
MALFORMED = {"InvalidRequestFormat", "InvalidRequestContent", "InvalidApiVersionParameter", "MissingApiVersionParameter"}


def code_of(pair):
    """Returns the error code of an answer in its envelope."""
    body = pair["responseBody"]
    error = body.get("error") if isinstance(body, dict) and set(body) == {"error"} else None
    return error.get("code") if isinstance(error, dict) else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--refusals-expected", action="store_true")
    arguments = parser.parse_args()
    counts = dict.fromkeys(
        [
            "unwrapped errors",
            "lists of all records",
            "operations of firewalls",
            "malformed requests",
            "errors without envelope",
        ],
        0,
    )
    with open(arguments.source) as source, open(arguments.target, "w") as target:
        for line in source:
            if not line.strip():
                continue
            pair = json.loads(line)
            if pair["status"] >= 400:
                code = code_of(pair)
                counts["errors without envelope"] += code is None
                if code in MALFORMED:
                    counts["malformed requests"] += 1
                    continue
                if code and ERROR_WITHOUT_ENVELOPE.search(pair["url"]):
                    counts["unwrapped errors"] += 1
                    pair["responseBody"] = pair["responseBody"]["error"]
            if NFV_OPERATION.search(pair["url"]):
                counts["operations of firewalls"] += 1
                continue
            pair["url"], replaced = ALL_RECORDS.subn(r"\1/A\2", pair["url"])
            counts["lists of all records"] += replaced
            target.write(json.dumps(pair) + "\n")
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    unexpected = counts["malformed requests"] and not arguments.refusals_expected
    sys.exit(1 if unexpected or counts["errors without envelope"] else 0)


if __name__ == "__main__":
    main()
