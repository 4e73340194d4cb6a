//! Can any D-Bus client use the broker? `busctl`, a Python script, and a socket that is handed over.

mod rig;

use netsession_backends::executor::Carrier;
use rig::{LTE, Rig, WLAN, error};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

/// What `busctl` says of the broker.
async fn busctl(rig: &Rig, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new("busctl");
    command.arg(format!("--address={}", rig.bus.address)).args(["--no-pager", "--full"]).args(arguments).kill_on_drop(true);
    let output = command.output().await.expect("busctl is installed");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim_end().to_owned();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

/// Whether this program runs here; says so if it does not.
async fn is_there(package: &str, program: &str, arguments: &[&str]) -> bool {
    let there = Command::new(program).args(arguments).output().await.is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("*** SKIPPED: Debian's package `{package}` is not installed ***");
    }
    there
}

const NAME: &str = "org.netsession.Broker1";
const PATH: &str = "/org/netsession/Broker1";
const MANAGER: &str = "org.netsession.Manager1";
const SESSION: &str = "org.netsession.Session1";

#[tokio::test]
async fn busctl_introspects_gets_and_calls() {
    if !is_there("systemd", "busctl", &["--version"]).await {
        return;
    }
    let rig = Rig::start().await;
    let peer = rig.peer().await;
    let session = peer.session("office", "application").await;
    peer.open(&session).await;

    let tree = busctl(&rig, &["tree", "--list", NAME]).await.unwrap();
    let lines: Vec<_> = tree.lines().collect();
    assert_eq!(lines, ["/", "/org", "/org/netsession", PATH, "/org/netsession/Broker1/session", "/org/netsession/Broker1/session/0_0"]);
    let manager = busctl(&rig, &["introspect", NAME, PATH]).await.unwrap();
    for part in [".CreateSession", "sa{sv}", ".DefaultConfiguration", ".ConfigurationChanged", ".Ping", "org.netsession.Manager1"] {
        assert!(manager.contains(part), "no {part}: {manager}");
    }
    assert!(!manager.contains("org.netsession.Session1"), "{manager}");
    let shown = busctl(&rig, &["introspect", NAME, &session]).await.unwrap();
    for part in [".Migrate", ".Offer", "(ussbb)", "\"lte\"", "\"application\""] {
        assert!(shown.contains(part), "no {part}: {shown}");
    }

    assert_eq!(busctl(&rig, &["get-property", NAME, PATH, MANAGER, "Online", "Version"]).await.unwrap(), "b true\nu 2");
    assert_eq!(busctl(&rig, &["get-property", NAME, &session, SESSION, "ActiveConfiguration"]).await.unwrap(), "s \"lte\"");
    assert_eq!(
        busctl(&rig, &["call", NAME, PATH, MANAGER, "CreateSession", "sa{sv}", "office", "1", "mode", "s", "off"]).await.unwrap(),
        "o \"/org/netsession/Broker1/session/1_0\""
    );
    let configuration = busctl(&rig, &["call", NAME, PATH, MANAGER, "GetConfiguration", "s", "lte"]).await.unwrap();
    assert!(configuration.contains("\"holders\" ao 1 \"/org/netsession/Broker1/session/0_0\""), "{configuration}");
    let refused = busctl(&rig, &["call", NAME, PATH, MANAGER, "GetConfiguration", "s", "nowhere"]).await.unwrap_err();
    assert!(refused.contains("no configuration is called \"nowhere\""), "{refused}");
    let refused = busctl(&rig, &["call", NAME, &session, SESSION, "Close"]).await.unwrap_err();
    assert!(refused.contains("not yours"), "{refused}");
    let metrics = busctl(&rig, &["call", NAME, PATH, MANAGER, "Metrics"]).await.unwrap();
    assert!(metrics.contains("netsession_sessions_open 1") && metrics.contains("netsession_links_up 1"), "{metrics}");
    rig.end().await;
}

#[tokio::test]
async fn a_python_script_goes_through_a_whole_handshake() {
    if !is_there("python3-gi", "/usr/bin/python3", &["-c", "from gi.repository import Gio"]).await {
        return;
    }
    let rig = Rig::start().await;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/handshake.py");
    let mut python = Command::new("/usr/bin/python3")
        .args([script, "office", "--address", &rig.bus.address])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("python3 and python3-gi are installed");
    let mut lines = BufReader::new(python.stdout.take().unwrap()).lines();
    let mut said = Vec::new();
    let script = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if said.is_empty() {
                rig.network.appear(WLAN);
            }
            said.push(line);
        }
        python.wait().await.unwrap()
    };
    let ended = tokio::time::timeout(Duration::from_secs(60), script).await.expect("the script ends");
    assert!(ended.success(), "{said:?}");
    let signals = said.pop().unwrap();
    assert_eq!(said, ["open on lte", "offered wlan: upgrade, the old link stays", "testing wlan", "moved to wlan"]);
    assert!(signals.starts_with("closed after "), "{signals}");
    rig.raised(&[]).await;
    rig.end().await;
}

#[tokio::test]
async fn a_socket_is_handed_over_bound_to_its_link() {
    let rig = Rig::start().await;
    let peer = rig.peer().await;
    let session = peer.session("office", "application").await;
    let open = async |side: &str, kind: &str, family: &str| peer.on_session(&session, "OpenSocket", &(side, kind, family)).await;
    peer.open(&session).await;
    // a simulated link has no interface
    assert_eq!(error(open("active", "stream", "inet").await), "NoCarrier");
    rig.network.renumber(LTE, Carrier { interface: "lo".to_owned(), index: 1, ..Carrier::default() });
    let told = async {
        while peer.property::<String>(&session, "Interface").await != "lo" {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), told).await.expect("the interface is told");
    for (kind, family) in [("stream", "inet"), ("stream", "inet6"), ("datagram", "inet"), ("datagram", "inet6")] {
        let answer = open("active", kind, family).await.unwrap();
        let body = answer.body();
        let (socket, interface): (zbus::OwnedFd, String) = body.deserialize().unwrap();
        assert_eq!(interface, "lo");
        let socket = socket2::SockRef::from(&socket);
        assert_eq!(socket.device().unwrap().as_deref(), Some(&b"lo"[..]));
        let expected = if kind == "stream" { socket2::Type::STREAM } else { socket2::Type::DGRAM };
        assert_eq!(socket.r#type().unwrap(), expected);
        assert_eq!(socket.domain().unwrap(), if family == "inet" { socket2::Domain::IPV4 } else { socket2::Domain::IPV6 });
    }
    assert_eq!(error(open("active", "raw", "inet").await), "InvalidArgument");
    assert_eq!(error(open("active", "stream", "unix").await), "InvalidArgument");
    assert_eq!(error(open("candidate", "stream", "inet").await), "NoCarrier");
    rig.network.renumber(LTE, Carrier { interface: "gone0".to_owned(), index: 99, ..Carrier::default() });
    let gone = async {
        while peer.property::<String>(&session, "Interface").await != "gone0" {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("the interface is told");
    assert_eq!(error(open("active", "stream", "inet").await), "NoCarrier");
    rig.end().await;
}

#[tokio::test]
async fn counters_are_read_over_a_local_socket() {
    let mut rig = Rig::start().await;
    let peer = rig.peer().await;
    let session = peer.session("office", "application").await;
    peer.open(&session).await;
    let place = rig.bus.address.trim_start_matches("unix:path=").replace("/socket", "/metrics");
    let listener = tokio::net::UnixListener::bind(&place).unwrap();
    rig.broker.as_mut().unwrap().serve_metrics(listener);
    // one that says nothing sensible and goes is no harm
    let mut other = tokio::net::UnixStream::connect(&place).await.unwrap();
    other.write_all(b"who is there").await.unwrap();
    drop(other);
    let mut stream = tokio::net::UnixStream::connect(&place).await.unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with(&format!("Content-Length: {}", text.len())), "{head}");
    for line in ["netsession_sessions_open 1", "netsession_clients 1", "netsession_users 1", "# TYPE netsession_batches_total counter"] {
        assert!(text.lines().any(|own| own == line), "no {line}: {text}");
    }
    rig.end().await;
}
