//! How does a test use a browser? Chromium without a window, over the Chrome DevTools Protocol: real clicks, real pictures.

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// Names of the program on the systems we know.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A browser with one page.
pub(crate) struct Browser {
    program: Child,
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    session: String,
    last: u64,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

impl Browser {
    /// Starts one; `None`, said loudly, if there is none to start.
    pub(crate) fn start(test: &str) -> Option<Self> {
        let exists =
            |name: &&&str| std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|path| path.join(name).is_file());
        let Some(name) = PROGRAMS.iter().find(exists) else {
            assert!(std::env::var_os("CI").is_none(), "no browser: install Debian's package `chromium` (.ci/packages does)");
            eprintln!("*** SKIPPED {test}: no browser; Debian's package `chromium` has one ***");
            return None;
        };
        let profile = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("browser-{test}"));
        // left behind by an earlier run
        let _ = fs::remove_dir_all(&profile);
        let mut command = Command::new(name);
        command.args(["--headless", "--disable-gpu", "--hide-scrollbars", "--window-size=1500,1200", "--remote-debugging-port=0"]);
        command.arg(format!("--user-data-dir={}", profile.display()));
        command.args(["--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage"]);
        if rustix::process::geteuid().is_root() {
            command.arg("--no-sandbox");
        }
        let mut program = command.arg("about:blank").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the browser starts");
        let mut lines = BufReader::new(program.stderr.take().expect("piped")).lines();
        let listening = |line: String| line.strip_prefix("DevTools listening on ").map(str::to_owned);
        let address = lines.by_ref().map_while(Result::ok).find_map(listening).expect("the browser says where it listens");
        // what it says later is read, so that it never waits for a reader
        std::thread::spawn(move || lines.for_each(drop));
        let (socket, _) = tungstenite::connect(address).expect("a connection to the browser");
        let mut browser = Self { program, socket, session: String::new(), last: 0 };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attached = browser.call("Target.attachToTarget", json!({ "targetId": target["targetId"], "flatten": true }));
        browser.session = attached["sessionId"].as_str().expect("a session").to_owned();
        Some(browser)
    }

    /// Calls a method of the protocol and waits for its answer.
    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.last += 1;
        let mut call = json!({ "id": self.last, "method": method, "params": parameters });
        if !self.session.is_empty() {
            call["sessionId"] = json!(self.session);
        }
        self.socket.send(Message::text(call.to_string())).expect("the browser listens");
        loop {
            let Message::Text(text) = self.socket.read().expect("the browser answers") else { continue };
            let answer: Value = serde_json::from_str(&text).expect("JSON");
            if answer["id"] == json!(self.last) {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
        }
    }

    pub(crate) fn open(&mut self, url: &str) {
        let went = self.call("Page.navigate", json!({ "url": url }));
        assert!(went["errorText"].is_null(), "{url}: {went}");
    }

    /// The value of an expression in the page.
    pub(crate) fn tell(&mut self, expression: &str) -> Value {
        let told = self.call("Runtime.evaluate", json!({ "expression": expression, "returnByValue": true }));
        assert!(told["exceptionDetails"].is_null(), "{expression}: {}", told["exceptionDetails"]);
        told["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    pub(crate) fn wait(&mut self, what: &str, expression: &str) {
        for _ in 0..600 {
            // what the page has not made yet is no error
            if self.tell(&format!("(() => {{ try {{ return Boolean({expression}) }} catch {{ return false }} }})()")) == json!(true) {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        let text = self.tell("document.body.innerText");
        panic!("never: {what}; the page says:\n{}", text.as_str().unwrap_or_default());
    }

    /// Clicks with the mouse on the link that has this text, once it is there.
    pub(crate) fn click(&mut self, text: &str) {
        let wanted = serde_json::to_string(text).expect("text");
        let link = format!(
            "[...document.querySelectorAll('.main-flex-left > ul:last-child a')].find((link) => link.innerText.trim() === {wanted})"
        );
        self.wait(text, &format!("{link} !== undefined"));
        let place = format!(
            "(() => {{ const link = {link}; link.scrollIntoView({{ block: 'center' }}); const r = link.getClientRects()[0]; return [r.x + r.width / 2, r.y + r.height / 2]; }})()"
        );
        let at = self.tell(&place);
        for kind in ["mousePressed", "mouseReleased"] {
            self.call("Input.dispatchMouseEvent", json!({ "type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1 }));
        }
    }

    /// A picture of the whole page, in the directory of tests' files.
    pub(crate) fn picture(&mut self, file: &str) -> PathBuf {
        self.tell("window.scrollTo(0, 0)");
        let taken = self.call("Page.captureScreenshot", json!({ "format": "png", "captureBeyondViewport": false }));
        let bytes = data_encoding::BASE64.decode(taken["data"].as_str().expect("a picture").as_bytes()).expect("Base64");
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(file);
        fs::write(&path, bytes).expect("a file");
        path
    }
}
