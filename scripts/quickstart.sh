#!/usr/bin/env bash
# The first five minutes with Trunnel, as a user would type them, with the real answers:
#
#   scripts/quickstart.sh
#
# It starts a fresh server on a free port, with its data in a temporary directory, and
# takes both away at the end. It needs a built `trunnel` (the one of TRUNNEL, else of
# target/release, else of target/debug), bash, curl, openssl and coreutils, and Node for
# the twenty lines that receive the webhook.
#
# Any answer that is not the expected one ends it with a code that is not zero.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
data=$work/data
server='' receiver=''

stop() {
    local process
    for process in $server $receiver; do
        kill "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
    echo "quickstart: $1" >&2
    if [[ -s $work/log ]]; then tail -n 20 "$work/log" >&2; fi
    exit 1
}

say() {
    printf '\n# %s\n' "$1"
}

# Shows a command the way a shell would take it, and what it answers; keeps that in
# `answer`.
run() {
    printf '$'
    local word
    for word in "$@"; do
        if [[ $word == *[!A-Za-z0-9_./:=@-]* || -z $word ]]; then
            printf " '%s'" "$word"
        else
            printf ' %s' "$word"
        fi
    done
    echo
    answer=$("$@") || fail "that command failed: ${answer-}"
    printf '%s\n' "$answer"
}

# The same for a request, whose status has to be the first argument.
request() {
    local expected=$1 status
    shift
    run curl -s -w '\n%{http_code}' "$@"
    status=${answer##*$'\n'}
    answer=${answer%$'\n'*}
    [[ $status == "$expected" ]] || fail "the status is $status and not $expected"
}

# A text of the last answer, by its name.
field() {
    local found
    found=$(printf '%s' "$answer" | grep -o "\"$1\": *\"[^\"]*\"" | head -n 1) ||
        fail "there is no \"$1\" in the answer"
    found=${found#*:}
    found=${found#*\"}
    printf '%s' "${found%\"}"
}

holds() {
    [[ $answer == *"$1"* ]] || fail "the answer does not hold $1"
}

# Waits until a file has something in it.
await() {
    local try
    for try in {1..300}; do
        if [[ -s $1 ]]; then return; fi
        sleep 0.1
    done
    fail "waited in vain for $2"
}

# The hidden fields of a page's form, as arguments for curl.
hidden() {
    local input name value
    while read -r input; do
        name=${input#*name=\"}
        name=${name%%\"*}
        value=${input#*value=\"}
        value=${value%%\"*}
        value=${value//&lt;/<}
        value=${value//&gt;/>}
        value=${value//&quot;/\"}
        value=${value//&#39;/\'}
        value=${value//&amp;/&}
        printf '%s\0%s\0' --data-urlencode "$name=$value"
    done < <(grep -o '<input type="hidden"[^>]*>' <<<"$answer")
}

trunnel=${TRUNNEL:-}
for candidate in "$here/target/release/trunnel" "$here/target/debug/trunnel"; do
    if [[ -z $trunnel && -x $candidate ]]; then trunnel=$candidate; fi
done
[[ -x $trunnel ]] || fail "there is no trunnel yet; build one with \`cargo build --release\`"
# Nobody's own settings, database or proxy have a part in this.
unset "${!TRUNNEL_@}" DATABASE_URL
export no_proxy=127.0.0.1 NO_PROXY=127.0.0.1
PATH=$(cd "$(dirname "$trunnel")" && pwd):$PATH

say 'Start the server. Webhooks and connectors may reach this machine.'
echo "\$ TRUNNEL_EGRESS_ALLOW=127.0.0.0/8 trunnel serve --data-dir $data --listen 127.0.0.1:0 --json"
TRUNNEL_EGRESS_ALLOW=127.0.0.0/8 trunnel serve --data-dir "$data" --listen 127.0.0.1:0 --json \
    >"$work/greeting" 2>"$work/log" &
server=$!
await "$work/greeting" 'the server'
answer=$(<"$work/greeting")
echo "$answer"
url=$(field url)

say 'The first start has made an app with a test key and a live key.'
run trunnel key show --env test --data-dir "$data"
key=$answer
[[ $key == trn_test_* ]] || fail 'that is no test key'

say 'Your customer is a linked account.'
request 200 -X POST "$url/api/v2/public/linked-account" -H "x-api-key: $key" \
    -d '{"linked_account_id":"acme","name":"Acme"}'
holds '"account_id":"acme"'

say 'Your product wants to hear when a customer connects.'
cat >"$work/receiver.cjs" <<'NODE'
const { renameSync, writeFileSync } = require("node:fs");
const { createServer } = require("node:http");

const folder = process.argv[2];

const server = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
        writeFileSync(folder + "/body", Buffer.concat(parts));
        writeFileSync(folder + "/signature.new", request.headers["x-cobalt-signature"]);
        renameSync(folder + "/signature.new", folder + "/signature");
        response.end();
    });
});

server.listen(0, "127.0.0.1", () => {
    writeFileSync(folder + "/port", String(server.address().port));
});
NODE
node "$work/receiver.cjs" "$work" &
receiver=$!
await "$work/port" 'the receiver of webhooks'
request 200 -X POST "$url/api/v2/public/webhook" -H "x-api-key: $key" \
    -d "{\"webhook_url\":\"http://127.0.0.1:$(<"$work/port")/hook\",\"webhook_events\":[\"Connection Created\"]}"
holds '"webhook_secret":"whsec_'

say 'Ask the Playground, the app that comes with the server, for writing, too.'
request 200 -X PUT "$url/api/v2/public/connector/playground_app" -H "x-api-key: $key" \
    -d '{"scopes":["contacts.write"]}'
holds '"selected":["contacts.write"]'

say "Connect. In your product, this URL opens in the customer's browser."
request 200 "$url/api/v2/public/linked-account/integration/oauth-url/playground_app" \
    -H "x-api-key: $key" -H 'linked_account_id: acme'
auth_url=$(field auth_url)

say 'What the customer does there: signing in, and allowing it.'
echo "\$ curl -s '$auth_url'"
answer=$(curl -sf "$auth_url") || fail 'there is no page to sign in on'
holds '<form method="post" action="authorize">'
mapfile -d '' -t fields < <(hidden)
echo "\$ curl -s $url/playground/oauth/authorize -d email=ada@example.com -d password=playground ..."
answer=$(curl -sf "$url/playground/oauth/authorize" "${fields[@]}" \
    --data-urlencode email=ada@example.com -d password=playground) || fail 'nobody was let in'
holds '<form method="post" action="consent">'
mapfile -d '' -t fields < <(hidden)
echo "\$ curl -s -L $url/playground/oauth/consent -d decision=allow ..."
answer=$(curl -sf -L "$url/playground/oauth/consent" "${fields[@]}" -d decision=allow) ||
    fail 'it was not connected'
holds 'Playground is connected.'
echo 'Playground is connected. You can close this window.'

say 'What can be done with it?'
request 200 "$url/api/v2/integration-schema/playground_app/actions" \
    -H "x-api-key: $key" -H 'linked_account_id: acme'
holds '"action_id":"create_contact"'

say "Create a contact in the customer's address book ..."
request 200 -X POST "$url/api/v2/integration-schema/playground_app/actions/create_contact/execute" \
    -H "x-api-key: $key" -H 'linked_account_id: acme' \
    -d '{"email":"grace@example.com","name":"Grace Hopper"}'
holds '"node_status":"Success"'
contact=$(field id)

say '... and read it back.'
request 200 -X POST "$url/api/v2/integration-schema/playground_app/actions/get_contact/execute" \
    -H "x-api-key: $key" -H 'linked_account_id: acme' -d "{\"id\":\"$contact\"}"
holds '"name":"Grace Hopper"'

say 'The webhook has come. Its signature is the HMAC-SHA256 of its body, keyed on your key.'
await "$work/signature" 'the webhook'
run cat "$work/body"
holds '"event":"Connection Created"'
holds '"linked_account_id":"acme"'
echo "x-cobalt-signature: $(<"$work/signature")"
run openssl dgst -sha256 -hmac "$key" "$work/body"
[[ ${answer##* } == "$(<"$work/signature")" ]] || fail 'the signature is not right'

say 'Replace the key ...'
run trunnel key rotate --env test --data-dir "$data"
new=$answer
[[ $new == trn_test_* && $new != "$key" ]] || fail 'that is no new test key'

say '... and the old one is refused, from the next request on.'
request 401 "$url/api/v2/public/linked-account/acme" -H "x-api-key: $key"
request 200 "$url/api/v2/public/linked-account/acme" -H "x-api-key: $new"
holds '"identifier":"ada@example.com"'

say 'That was all of it.'
