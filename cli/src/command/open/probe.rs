//! Does a candidate serve? Tested through its own carrier, whatever the default route does.

use super::environment::{Variables, give};
use crate::error::Failed;
use netsession::Candidate;
use netsession::bind::{self, BindError};
use netsession::config::Probe;
use netsession::executor::Carrier;
use netsession::sim::Network;
use rustix::process::{Pid, Signal, kill_process_group};
use std::io;
use std::process::Stdio;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;

/// What can be used as a probe.
pub(super) const USABLE: &str = "use http://HOST[:PORT][/PATH], tcp:HOST:PORT, or a command such as \
     'curl --interface $NETSESSION_INTERFACE -fsS https://…'";
/// More than any status line.
const LONGEST: usize = 8 * 1024;

/// A probe that can be carried out here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    Http { host: String, port: u16, path: String },
    Tcp { host: String, port: u16 },
    Command(Vec<String>),
}

impl Test {
    /// What stands on the command line: anything that is no URL and no `tcp:` is for the shell.
    pub(super) fn given(text: &str) -> Result<Self, Failed> {
        let probe = match text.parse::<Probe>() {
            Ok(probe) => Ok(probe),
            Err(_) if text.trim().is_empty() || text.starts_with("tcp:") => Err(format!("{text:?} is no probe")),
            Err(_) => Ok(Probe::Command(["sh", "-c", text].map(str::to_owned).to_vec())),
        };
        probe.and_then(Self::new).map_err(|what| Failed::usage(format!("--probe: {what}")).help(USABLE))
    }

    /// The same from a configuration file.
    pub(super) fn new(probe: Probe) -> Result<Self, String> {
        match probe {
            Probe::Tcp { host, port } => Ok(Self::Tcp { host, port }),
            Probe::Command(words) => Ok(Self::Command(words)),
            Probe::Url(url) => match url.strip_prefix("http://") {
                Some(rest) => http(rest).ok_or_else(|| format!("{url:?} is no URL of a host")),
                None => Err(format!("{url:?}: https is not spoken here")),
            },
        }
    }

    /// Carries it out; the error says why the candidate does not pass.
    pub(super) async fn run(&self, candidate: &Candidate, variables: &Variables, network: Option<&Network>) -> Result<(), String> {
        if let Self::Command(words) = self {
            return command(words, variables).await;
        }
        if let Some(network) = network.filter(|_| candidate.carrier.index == 0) {
            let answered = network.probe(candidate.access_point).await;
            return if answered { Ok(()) } else { Err("no answer in the simulated network".to_owned()) };
        }
        match self {
            Self::Http { host, port, path } => get(&candidate.carrier, host, *port, path).await,
            Self::Tcp { host, port } => connect(&candidate.carrier, host, *port).await.map(drop),
            Self::Command(_) => Ok(()),
        }
    }
}

fn http(rest: &str) -> Option<Test> {
    let rest = rest.split('#').next().unwrap_or_default();
    let (authority, path) = match rest.find(['/', '?']) {
        Some(at) => (&rest[..at], rest[at..].to_owned()),
        None => (rest, String::new()),
    };
    let path = if path.starts_with('/') { path } else { format!("/{path}") };
    let bare = |host: &str| host.trim_matches(['[', ']']).to_owned();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (bare(host), port.parse().ok()?),
        _ => (bare(authority), 80),
    };
    let odd = |text: &str| text.is_empty() || text.contains(|letter: char| letter.is_whitespace() || letter.is_control());
    (!odd(&host) && !odd(&path) && !host.contains('@')).then_some(Test::Http { host, port, path })
}

/// Connects through the carrier to the first address that can be reached. Names are asked of the system's resolver, which takes the
/// system's routes.
async fn connect(carrier: &Carrier, host: &str, port: u16) -> Result<TcpStream, String> {
    let addresses = tokio::net::lookup_host((host, port)).await.map_err(|error| format!("{host:?} is not found: {error}"))?;
    let mut last = format!("{host:?} has no address");
    for address in addresses {
        match bind::connect_tcp(carrier, address).await {
            Ok(stream) => return Ok(stream),
            Err(error @ BindError::NoInterface) => return Err(error.to_string()),
            Err(error) => last = error.to_string(),
        }
    }
    Err(last)
}

async fn get(carrier: &Carrier, host: &str, port: u16, path: &str) -> Result<(), String> {
    let mut stream = connect(carrier, host, port).await?;
    let name = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let name = if port == 80 { name } else { format!("{name}:{port}") };
    let version = env!("CARGO_PKG_VERSION");
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: netsession/{version}\r\nAccept: */*\r\nConnection: close\r\n\r\n");
    let failed = |error: io::Error| format!("{name}: {error}");
    stream.write_all(request.as_bytes()).await.map_err(failed)?;
    let mut answer = Vec::new();
    while !answer.contains(&b'\n') && answer.len() < LONGEST {
        if stream.read_buf(&mut answer).await.map_err(failed)? == 0 {
            break;
        }
    }
    let first = String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned();
    let status = first.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)?.parse::<u16>().ok());
    match status {
        Some(200..=299) => Ok(()),
        Some(status @ 300..=399) => Err(format!("{name} answers {status}: a portal in between?")),
        Some(status) => Err(format!("{name} answers {status}")),
        None => Err(format!("{name} does not answer with HTTP")),
    }
}

/// Runs a program with what it starts in a process group of its own, which never outlives this.
async fn command(words: &[String], variables: &Variables) -> Result<(), String> {
    let (program, arguments) = words.split_first().ok_or("there is no command")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(io::stderr()).process_group(0);
    give(&mut command, variables);
    let mut child = command.spawn().map_err(|error| format!("cannot run {program:?}: {error}"))?;
    let _group = Group(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw));
    let status = child.wait().await.map_err(|error| format!("{program:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{program:?} ended with {status}")) }
}

/// Ends a process group.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // it may have ended
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_is_understood() {
        let http = |host: &str, port, path: &str| Ok(Test::Http { host: host.to_owned(), port, path: path.to_owned() });
        let of = |text: &str| Test::new(text.parse().unwrap());
        assert_eq!(of("http://example.org"), http("example.org", 80, "/"));
        assert_eq!(of("http://example.org:8080/a?b#c"), http("example.org", 8080, "/a?b"));
        assert_eq!(of("http://example.org?b"), http("example.org", 80, "/?b"));
        assert_eq!(of("http://[2001:db8::1]:81/"), http("2001:db8::1", 81, "/"));
        assert_eq!(of("http://[2001:db8::1]"), http("2001:db8::1", 80, "/"));
        assert_eq!(of("tcp:[2001:db8::1]:81"), Ok(Test::Tcp { host: "2001:db8::1".to_owned(), port: 81 }));
        for wrong in ["http://", "http://:80/", "http://a:b/", "http://a b/", "http://user@host/", "https://example.org"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Test::given("exit 0").unwrap(), Test::Command(vec!["sh".into(), "-c".into(), "exit 0".into()]));
        assert!(Test::given("tcp:host").is_err() && Test::given(" ").is_err());
    }
}
