#!/bin/bash
# usage: unshare -mn host.sh FERRY SCRIPTED_LETTA FOLDER
#
# `ferry host apply` on the paths and ports of a real host: /etc, 80, 443, 8283.
# In namespaces of its own, so that nothing of it is seen outside: /etc,
# /usr/local, /var and /opt are overlays in memory, /run is empty, the network
# is a loopback of its own. systemd is a stand-in, everything else is real.
set -euo pipefail
ferry=$1 letta=$2 folder=$3
here=$(cd "$(dirname "$0")" && pwd)

mount -t tmpfs tmpfs "$folder"
for place in etc usr/local var opt; do
    mkdir -p "$folder/up/$place" "$folder/aside/$place"
    mount -t overlay overlay -o "lowerdir=/$place,upperdir=$folder/up/$place,workdir=$folder/aside/$place" "/$place"
done
mount -t tmpfs tmpfs /run
mkdir -p /run/stub /run/systemd/system "$folder/home"
python3 -c "import fcntl,socket,struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh14x', b'lo', 0x41))"
export PATH=$here/stubs:$PATH HOME=$folder/home XDG_STATE_HOME='' XDG_CONFIG_HOME='' LETTA_SERVER_PASSWORD=made-up
cd "$HOME"
ln -sf /etc/nginx/sites-available/default /etc/nginx/sites-enabled/default

echo "$LETTA_SERVER_PASSWORD" >token
mkfifo hold
"$letta" --token-file token --port 18283 --origin https://app.letta.com <hold >letta.log 2>&1 &
server=$!
exec 9>hold
ssh=
trap 'kill $(cat /run/nginx.pid 2>/dev/null) $server $ssh 2>/dev/null || true' EXIT
for _ in {1..50}; do
    curl -s --noproxy '*' -o answer http://127.0.0.1:18283/v1/health/ && break
    sleep 0.1
done

check() {
    local what=$1
    shift
    "$@" >check.log 2>&1 || {
        echo "not so: $what"
        cat check.log ./*.out
        exit 1
    }
    echo "so: $what"
}
status() { [[ $1 == "$( (shift && "$@" >"last.out" 2>&1) && echo 0 || echo $?)" ]]; }
says() { grep -q -- "$1" last.out; }
served() {
    curl -sk --noproxy '*' --resolve "lab.example.org:$1:127.0.0.1" "https://lab.example.org:$1/v1/health/" | grep -q '"status":"ok"'
}
unserved() { ! served "$1"; }

check "a config" status 0 "$ferry" host init lab.example.org --certificate self-signed --letta running --firewall yes --agents ada
# A file system that cannot be written to.
mkdir /etc/ferry
mount -t tmpfs -o ro tmpfs /etc/ferry
check "a read-only file system is a conflict" status 7 "$ferry" host apply --yes
check "it says which" says "read-only file system"
umount /etc/ferry
rmdir /etc/ferry

# Nobody is locked out: something has to listen where ssh is let in.
check "a firewall without ssh behind it is a conflict" status 7 "$ferry" host apply --yes
check "it has its name" says "firewall.ssh port 22"
python3 -c 'import socket, time; s = socket.create_server(("127.0.0.1", 22)); time.sleep(600)' &
ssh=$!
for _ in {1..50}; do
    ! ss -Hltn 'sport = :22' | grep -q . || break
    sleep 0.1
done

check "a plan that is pending" status 1 "$ferry" host plan -o plan.json
check "it is applied and proved" status 0 "$ferry" host apply plan.json
check "the proof is told" says "applied, and proved by what is served"
check "443 serves the API" served 443
check "8283 serves the API" served 8283
check "the default site is gone" test ! -e /etc/nginx/sites-enabled/default
check "the firewall is loaded" nft list table inet ferry
check "the account is there" id sanctum
check "workers are not started" test ! -e /run/stub/enabled/broca@ada.service
check "nginx will start with the host" test -e /run/stub/enabled/nginx.service
check "nothing is pending" status 0 "$ferry" host plan
check "a second apply does nothing" status 0 "$ferry" host apply --yes
check "it says so" says "nothing to do"

# A change by hand is found, and not written over.
cp /etc/nginx/conf.d/ferry-lab.example.org.conf kept
echo '# by hand' >>/etc/nginx/conf.d/ferry-lab.example.org.conf
check "drift is a conflict" status 7 "$ferry" host apply --yes
check "it has its name" says "file.drift"
cp kept /etc/nginx/conf.d/ferry-lab.example.org.conf

# Not as root: a plan, but no apply.
chmod 0711 "$folder" "$HOME"
mkdir theirs && cp host.json host.secrets theirs/ && sed -i 's/lab.example.org/other.example.org/' theirs/host.json
chown -R nobody theirs
check "only root may apply" status 7 setpriv --reuid 65534 --clear-groups env HOME="$HOME/theirs" "$ferry" host apply --config "$HOME/theirs/host.json" --yes
check "it says so" says "only root may set a host up"

newest() { "$ferry" runs --json | grep -o '"run":"[^"]*"' | head -1 | cut -d'"' -f4; }
first=$(newest)
letsin() { [[ $(nft list table inet ferry) == *"{ 22, 80,"* ]]; }
keepsout() { ! letsin; }
check "ssh is let in" letsin

# A change is taken by what runs already, also where ferry is killed in between, and undone with its files.
sed -i 's/"ssh-port": 22/"ssh-port": 0/' host.json
check "a restart is planned" status 1 "$ferry" host plan
check "it is shown" says "ferry-firewall.service.*systemctl restart"
touch /run/stub/kill
check "ferry is killed before it restarts anything" status 137 "$ferry" host apply --yes
check "the old rules are loaded still" letsin
check "it goes on" status 0 "$ferry" resume
check "the new rules are loaded" keepsout
check "it is taken back" status 0 "$ferry" undo "$(newest)"
check "the old rules are loaded again" letsin
sed -i 's/"ssh-port": 0/"ssh-port": 22/' host.json
check "nothing is pending again" status 0 "$ferry" host plan

check "not twice" status 7 "$ferry" undo "$(newest)"

# A step that fails takes back what was done before it, on the ports too.
cp /etc/nginx/conf.d/ferry-lab.example.org.conf kept
sed -i 's/"ssh-port": 22/"ssh-port": 0/; s/"body-limit": 512/"body-limit": 9/' host.json
echo restart >/run/stub/refuses
check "a step that fails" status 5 "$ferry" host apply --yes
check "it says what was refused" says "refused: restart"
check "it says that all was put back" says "every file and service was put back"
check "a run that failed is not undone again" status 7 "$ferry" undo "$(newest)"
check "the old rules are loaded after it" letsin
check "the old site is there" cmp kept /etc/nginx/conf.d/ferry-lab.example.org.conf
check "443 still serves the API" served 443
sed -i 's/"ssh-port": 0/"ssh-port": 22/; s/"body-limit": 9/"body-limit": 512/' host.json
check "nothing is pending after it" status 0 "$ferry" host plan

run=$first
check "it is undone, and what is left is named" status 1 "$ferry" undo "$run"
check "the account is left" says "left  user sanctum"
check "443 serves nothing" unserved 443
check "nginx is stopped" test ! -e /run/stub/active/nginx.service
check "nginx is not enabled, as before" test ! -e /run/stub/enabled/nginx.service
check "the firewall is gone" bash -c '! nft list table inet ferry'
check "the default site is back" test -e /etc/nginx/sites-enabled/default
cd "$folder/up"
left=$(find etc usr opt -type f | { grep -vE '^etc/(passwd|group|g?shadow|subuid|subgid)-?$|^etc/\.pwd\.lock$' || true; })
cd "$HOME"
check "no file is left (${left//$'\n'/ })" test -z "$left"

# An nginx that was enabled, and ran, before ferry came.
systemctl enable --now nginx
check "it is applied beside it" status 0 "$ferry" host apply --yes
check "443 serves the API again" served 443
check "it is taken back from it" status 0 "$ferry" undo "$(newest)"
check "nginx runs as before" test -e /run/stub/active/nginx.service
check "nginx is enabled as before" test -e /run/stub/enabled/nginx.service
check "443 is closed" unserved 443
check "nginx serves what it served" curl -sf --noproxy '*' -o answer http://127.0.0.1/
echo "all is so"
