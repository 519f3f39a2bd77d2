#!/usr/bin/env bash
# Runs xcloud in its container, with fresh tokens for both clouds: `.github/xcloud.sh plan -c estates/open-api.yaml`.
# No secret is stored anywhere: AWS and Azure trust the tokens that GitHub signs for this workflow. They are good for minutes
# only, and what the clouds give for them for an hour: an apply that takes longer finds new ones in the same files.
set -euo pipefail

tokens=$(mktemp -d "$RUNNER_TEMP/tokens.XXXXXX")
trap '[ -z "${renewing:-}" ] || kill "$renewing"; rm -rf "$tokens"' EXIT

token() { # audience, already encoded for a URL
    curl -sS --fail --retry 3 --max-time 10 --header "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \
        "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=$1" | jq --exit-status --raw-output .value
}
renew() { # whoever reads a file finds the old token or the new one, whole
    token sts.amazonaws.com >"$tokens/new" && mv "$tokens/new" "$tokens/aws" &&
        token api%3A%2F%2FAzureADTokenExchange >"$tokens/new" && mv "$tokens/new" "$tokens/azure"
}
renew
while sleep 240; do renew || true; done >/dev/null 2>&1 &
renewing=$!

docker run --rm --read-only --cap-drop ALL --security-opt no-new-privileges --user "$(id -u):$(id -g)" \
    --volume "$PWD:/work:ro" --volume "$tokens:/tokens:ro" --workdir /work \
    --env AWS_ROLE_ARN --env AWS_ROLE_SESSION_NAME=xcloud-github --env AWS_WEB_IDENTITY_TOKEN_FILE=/tokens/aws \
    --env AZURE_TENANT_ID --env AZURE_CLIENT_ID --env AZURE_FEDERATED_TOKEN_FILE=/tokens/azure \
    --env NO_COLOR=1 "$XCLOUD_IMAGE" "$@"
