# What scripts that need Node.js share: how it is found or installed, and what npm installs for it.
# To be sourced; whoever does so has a function `fail`.

require_node() {
    has_node && return
    install_package "nodejs npm" "Node.js 20 or newer with npm is needed (Debian: nodejs npm)"
    has_node || fail "Node.js 20 or newer with npm is needed; apt-get installed an older one."
}

has_node() {
    command -v npm >/dev/null && node -e 'process.exit(Number(parseInt(process.versions.node) < 20))' \
        2>/dev/null
}

# Installs what the package-lock.json of a folder says, once, into $XDG_CACHE_HOME/tessera. Scripts
# are copied beside it: Node.js looks for modules from where a script is. Sets `modules`.
install_modules() {
    local folder=$1 name=$2 wanted
    wanted=$(cat -- "$folder/package-lock.json" | sha256sum | cut -c1-16)
    modules=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/tessera/$name-$wanted
    if [ ! -e "$modules/complete" ]; then
        echo "$0: installing the modules of $folder into $modules." >&2
        rm -rf -- "$modules"
        mkdir -p -- "$modules"
        cp -- "$folder/package.json" "$folder/package-lock.json" "$modules/"
        (cd -- "$modules" && npm ci --silent --ignore-scripts --no-audit --no-fund) ||
            fail "npm could not install $folder/package-lock.json; is its registry within reach?"
        touch -- "$modules/complete"
    fi
    cp -- "$folder"/*.mjs "$modules/"
}

# A port that nobody listens on.
free_port() {
    node -e '
const server = require("node:net").createServer();
server.listen(0, "127.0.0.1", () => { console.log(server.address().port); server.close(); });'
}

# Waits until the server at $1 is ready, for half a minute.
wait_until_ready() {
    node - "$1" <<'SCRIPT'
(async () => {
  for (let turn = 0; turn < 300; turn++) {
    const answer = await fetch(process.argv[2] + "/readyz").catch(() => null);
    if (answer?.ok) process.exit(0);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  process.exit(1);
})();
SCRIPT
}

# Installs Debian's packages where that can be done unasked; else says what is needed.
install_package() {
    local packages=$1 need=$2
    command -v apt-get >/dev/null || fail "$need."

    local as_root=()
    if [ "$EUID" -ne 0 ]; then
        sudo -n true 2>/dev/null || fail "$need."
        as_root=(sudo -n)
    fi
    echo "$0: installing $packages." >&2

    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
    local said
    # shellcheck disable=SC2086 # Several packages are several words.
    said=$(
        "${as_root[@]}" "${apt[@]}" update </dev/null 2>&1 || true # What it knows may be enough.
        "${as_root[@]}" "${apt[@]}" install -y --no-install-recommends $packages </dev/null 2>&1
    ) || fail "$need, and apt-get could not install it:"$'\n'"$said"
}
