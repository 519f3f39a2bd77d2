#!/usr/bin/env bash
# Runs xcloud in its container, with fresh tokens for both clouds: `.github/xcloud.sh plan -c estates/open-api.yaml`.
# No secret is stored anywhere: AWS and Azure trust the tokens that GitHub signs for this workflow. They are made anew
# for every run of this script, since they live for minutes only.
set -euo pipefail

tokens=$(mktemp -d "$RUNNER_TEMP/tokens.XXXXXX")
trap 'rm -rf "$tokens"' EXIT

token() { # audience, already encoded for a URL
    curl -sS --fail --retry 3 --max-time 10 --header "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \
        "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=$1" | jq --exit-status --raw-output .value
}
token sts.amazonaws.com >"$tokens/aws"
token api%3A%2F%2FAzureADTokenExchange >"$tokens/azure"

docker run --rm --read-only --cap-drop ALL --security-opt no-new-privileges --user "$(id -u):$(id -g)" \
    --volume "$PWD:/work:ro" --volume "$tokens:/tokens:ro" --workdir /work \
    --env AWS_ROLE_ARN --env AWS_ROLE_SESSION_NAME=xcloud-github --env AWS_WEB_IDENTITY_TOKEN_FILE=/tokens/aws \
    --env AZURE_TENANT_ID --env AZURE_CLIENT_ID --env AZURE_FEDERATED_TOKEN_FILE=/tokens/azure \
    --env NO_COLOR=1 "$XCLOUD_IMAGE" "$@"
