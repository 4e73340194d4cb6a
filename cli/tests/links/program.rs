//! How does a lab run the program? It starts it in its own namespaces, hears what it says, and sends it signals.
#![allow(dead_code, reason = "each suite of labs uses some of it")]

use netsession_conformance::lab::{Dump, Lab, Plug};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

/// What can go wrong in a lab.
pub(crate) type Trouble = Box<dyn Error>;
/// Longer than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A configuration file with an access point for each plug (named like it), and a service network `net` of all of them, best first.
pub(crate) struct ConfigFile(PathBuf);

impl ConfigFile {
    pub(crate) fn new(plugs: &[&Plug]) -> Result<Self, Trouble> {
        let mut text = "[settings]\nsettle = \"0s\"\n".to_owned();
        for plug in plugs {
            let Plug { name, v4, v6, gateway_v4, .. } = plug;
            text += &format!(
                "[[access-point]]\nname = \"{name}\"\nexecutor = \"netlink\"\ninterface = \"{name}\"\n\
                 addresses = [\"{}/{}\", \"{}/{}\"]\ngateway = \"{gateway_v4}\"\n",
                v4.0, v4.1, v6.0, v6.1
            );
        }
        let names: Vec<_> = plugs.iter().map(|plug| &plug.name).collect();
        text += &format!("[[service-network]]\nname = \"net\"\nmembers = {names:?}\n");
        Self::of(&text)
    }

    /// A file that says this.
    pub(crate) fn of(text: &str) -> Result<Self, Trouble> {
        // the lab's own: it goes with it
        let path = PathBuf::from("/run/netsession.toml");
        fs::write(&path, text)?;
        Ok(Self(path))
    }

    /// The program with this file.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netsession"));
        command.arg("--config").arg(&self.0).args(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// The same, running.
    pub(crate) fn run(&self, words: &[&str]) -> Result<Program, Trouble> {
        Program::start(&mut self.command(words))
    }
}

/// The program without any configuration file, in an empty directory.
pub(crate) fn without_a_file(words: &[&str]) -> Result<Program, Trouble> {
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("nothing");
    fs::create_dir_all(&place)?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_netsession"));
    command.args(words).current_dir(place).env("HOME", "/nonexistent");
    for name in ["NETSESSION_CONFIG", "NETSESSION_LOG", "XDG_CONFIG_HOME"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    Program::start(&mut command)
}

/// The program while it runs.
pub(crate) struct Program {
    child: Child,
    pub(crate) input: Option<ChildStdin>,
    pub(crate) output: Lines<BufReader<ChildStdout>>,
    said: Lines<BufReader<ChildStderr>>,
    heard: Vec<String>,
}

impl Program {
    pub(crate) fn start(command: &mut Command) -> Result<Self, Trouble> {
        let mut child = command.spawn()?;
        let output = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let said = BufReader::new(child.stderr.take().ok_or("no errors")?).lines();
        Ok(Self { input: child.stdin.take(), child, output, said, heard: Vec::new() })
    }

    /// Waits until the program tells this event on standard error.
    pub(crate) async fn event(&mut self, name: &str) -> Result<Value, Trouble> {
        loop {
            let line = tokio::time::timeout(PATIENCE, self.said.next_line()).await;
            let Ok(Ok(Some(line))) = line else { return Err(self.never(name)) };
            self.heard.push(line.clone());
            let told: Value = serde_json::from_str(&line).unwrap_or_default();
            if told["event"] == name || (name == "failed" && told["error"].is_object()) {
                return Ok(told);
            }
        }
    }

    /// Waits until the program says this on standard error.
    pub(crate) async fn says(&mut self, what: &str) -> Result<(), Trouble> {
        loop {
            let line = tokio::time::timeout(PATIENCE, self.said.next_line()).await;
            let Ok(Ok(Some(line))) = line else { return Err(self.never(what)) };
            self.heard.push(line);
            if self.heard.last().is_some_and(|line| line.contains(what)) {
                return Ok(());
            }
        }
    }

    /// What it said last on standard error, of what was waited for.
    pub(crate) fn last(&self) -> &str {
        self.heard.last().map_or("", String::as_str)
    }

    /// Waits for a line on standard output that fits.
    pub(crate) async fn line(&mut self, fits: impl Fn(&str) -> bool) -> Result<String, Trouble> {
        loop {
            let line = tokio::time::timeout(PATIENCE, self.output.next_line()).await;
            let Ok(Ok(Some(line))) = line else { return Err(self.never("a line of output")) };
            if fits(&line) {
                return Ok(line);
            }
            self.heard.push(line);
        }
    }

    /// Its one line of JSON on standard output, and its end with this exit code.
    pub(crate) async fn tells(mut self, code: i32) -> Result<Value, Trouble> {
        drop(self.input.take());
        let line = tokio::time::timeout(PATIENCE, self.output.next_line()).await;
        let line = line.ok().and_then(Result::ok).flatten();
        self.ends_with(code).await?;
        Ok(serde_json::from_str(&line.ok_or_else(|| self.never("a line of output"))?)?)
    }

    pub(crate) fn send(&self, signal: Signal) -> Result<(), Trouble> {
        let number = self.child.id().ok_or("it has ended")?;
        kill_process(Pid::from_raw(i32::try_from(number)?).ok_or("no number")?, signal)?;
        Ok(())
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self) -> Result<ExitStatus, Trouble> {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let mut rest = String::new();
        if status.is_ok() {
            let _ = tokio::time::timeout(Duration::from_millis(1), self.said.get_mut().read_to_string(&mut rest)).await;
        }
        self.heard.push(rest);
        status.map_err(|_| self.never("its end"))?.map_err(Into::into)
    }

    /// Waits for its end with this exit code.
    pub(crate) async fn ends_with(&mut self, code: i32) -> Result<(), Trouble> {
        let status = self.ended().await?;
        if status.code() == Some(code) { Ok(()) } else { Err(format!("{status}, not {code}; it said:\n{}", self.heard.join("\n")).into()) }
    }

    fn never(&self, what: &str) -> Trouble {
        format!("never: {what}; it said:\n{}", self.heard.join("\n")).into()
    }
}

/// Waits until something of the lab is no longer as it was.
pub(crate) async fn changes(lab: &Lab, before: &Dump) -> Result<(), Trouble> {
    let changed = async {
        while lab.wire.dump().await? == *before {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, changed).await.map_err(|_| "nothing changed")?
}
