"""Plays ADE's part: a page in a headless Chromium calls an API.

usage: ade.py JOB RESULT

JOB is JSON: `home` (a HOME with the certificate store), `page` (where the
calling page is), `rules` (of the resolver), `calls` (list of name, url, method,
headers, body; the method VISIT goes to the address itself). RESULT gets an object by name: `status` and `text` where
the page could read the answer, `chunks`, `first` and `last` (ms) of a stream,
and `errors`: what the browser itself says of a failure, in its own words.

Chromium is driven by its DevTools protocol over a pipe: no package is needed.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--remote-debugging-pipe",
]

CALL = """(async () => {
  const call = %s, start = performance.now();
  try {
    const answer = await fetch(call.url, {method: call.method, headers: call.headers, body: call.body});
    const result = {status: answer.status, chunks: 0, first: null, last: null, text: ''};
    const reader = answer.body ? answer.body.getReader() : null, decoder = new TextDecoder();
    while (reader) {
      const {done, value} = await reader.read();
      if (done) break;
      result.chunks += 1;
      result.last = performance.now() - start;
      if (result.first === null) result.first = result.last;
      result.text += decoder.decode(value, {stream: true});
    }
    return result;
  } catch (error) {
    return {failed: String(error)};
  }
})()"""


class Browser:
    def __init__(self, home, rules):
        to_child, self.writer = os.pipe()
        self.reader, from_child = os.pipe()
        profile = tempfile.mkdtemp(dir=home)

        def wire():
            # Out of the way first: the ends may themselves be 3 or 4.
            one, other = os.dup2(to_child, 60), os.dup2(from_child, 61)
            os.dup2(one, 3)
            os.dup2(other, 4)

        log = open(os.path.join(home, "chromium.log"), "wb")
        self.process = subprocess.Popen(
            ["chromium", *FLAGS, "--user-data-dir=" + profile, "--host-resolver-rules=" + rules, "about:blank"],
            preexec_fn=wire, close_fds=False, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env={**os.environ, "HOME": home})
        os.close(to_child)
        os.close(from_child)
        self.buffer, self.number, self.events, self.session = b"", 0, [], None

    def message(self, deadline):
        while b"\0" not in self.buffer:
            if time.monotonic() > deadline:
                raise TimeoutError("the browser says nothing")
            piece = os.read(self.reader, 1 << 16)
            if not piece:
                raise EOFError("the browser is gone")
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(line)

    def ask(self, method, seconds=60, **params):
        self.number += 1
        words = {"id": self.number, "method": method, "params": params}
        if self.session:
            words["sessionId"] = self.session
        os.write(self.writer, json.dumps(words).encode() + b"\0")
        deadline = time.monotonic() + seconds
        while True:
            said = self.message(deadline)
            if said.get("id") == self.number:
                if "error" in said:
                    raise RuntimeError(f"{method}: {said['error']}")
                return said["result"]
            self.events.append(said)

    def open(self, page):
        self.session = None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Network", "Log", "Runtime", "Page", "Audits"):
            self.ask(domain + ".enable")
        answer = self.ask("Page.navigate", url=page)
        if answer.get("errorText"):
            raise RuntimeError(f"the page itself: {answer['errorText']}")
        for _ in range(100):
            state = self.ask("Runtime.evaluate", expression="document.readyState + location.origin")
            if state["result"]["value"].startswith("complete" + page.rstrip("/")):
                return
            time.sleep(0.05)

    def visit(self, url, page):
        """Goes there itself, as somebody who types the address, and comes back."""
        answer = self.ask("Page.navigate", url=url)
        self.open(page)
        return {"errors": [answer["errorText"]] if answer.get("errorText") else []}

    def call(self, call, page):
        if call["method"] == "VISIT":
            return self.visit(call["url"], page)
        self.events = []
        answer = self.ask(
            "Runtime.evaluate", expression=CALL % json.dumps(call), awaitPromise=True, returnByValue=True)
        result = answer["result"].get("value") or {"failed": json.dumps(answer)[:500]}
        if "failed" in result:
            # What the console says may come a moment after the promise.
            time.sleep(0.1)
            self.ask("Runtime.evaluate", expression="0")
        result["errors"] = [text for event in self.events for text in words(event)]
        return result

    def close(self):
        self.session = None
        try:
            self.ask("Browser.close", seconds=5)
            self.process.wait(5)
        except Exception:
            self.process.kill()
            self.process.wait()


def words(event):
    params = event.get("params", {})
    if event["method"] == "Network.loadingFailed":
        cors = params.get("corsErrorStatus", {}).get("corsError")
        return [text for text in (params.get("errorText"), params.get("blockedReason"), cors) if text]
    if event["method"] == "Log.entryAdded":
        return [params["entry"]["text"]]
    if event["method"] == "Runtime.consoleAPICalled":
        return [str(argument.get("value")) for argument in params["args"]]
    return []


def main():
    with open(sys.argv[1]) as file:
        job = json.load(file)
    browser = Browser(job["home"], job["rules"])
    try:
        browser.open(job["page"])
        results = {call["name"]: browser.call(call, job["page"]) for call in job["calls"]}
    finally:
        browser.close()
    with open(sys.argv[2], "w") as file:
        json.dump(results, file)


main()
