//! How do tests run the program? In a directory of their own, with nothing of the outer environment that it would heed.
#![allow(dead_code)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A directory of one test, empty at first, with the program to run in it.
pub(crate) struct Place(PathBuf);

/// How the program ended and what it said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new(test: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
        // left behind by an earlier run
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    pub(crate) fn with(self, file: &str, text: &str) -> Self {
        fs::write(self.path(file), text).expect("a file");
        self
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netsession"));
        command.args(words).current_dir(&self.0).env("HOME", "/nonexistent");
        // no daemon of the machine that runs the test
        command.env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus");
        for name in ["NETSESSION_CONFIG", "NETSESSION_LOG", "XDG_CONFIG_HOME", "COLUMNS", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Ended {
        ended(self.command(words).output().expect("the program runs"))
    }
}

pub(crate) fn ended(output: Output) -> Ended {
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Two simulated access points and the service network `net` over them; `home` behaves as given.
pub(crate) fn simulated(home: &str) -> String {
    format!(
        "default = \"net\"\n[settings]\nsettle = \"0s\"\nback-off = \"50ms\"\n\
         [[access-point]]\nname = \"home\"\nexecutor = \"sim\"\nbearer = \"wlan\"\nmetered = \"no\"\nsim = {{ {home} }}\n\
         [[access-point]]\nname = \"mobile\"\nexecutor = \"sim\"\nbearer = \"lte\"\nmetered = \"yes\"\nsim = {{ raise-delay = \"1ms\" }}\n\
         [[service-network]]\nname = \"net\"\nmembers = [\"home\", \"mobile\"]\n"
    )
}
