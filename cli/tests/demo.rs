//! Does `netsession demo` show what it promises, say so when it cannot, and leave nothing behind however it ends?

use libtest_mimic::{Arguments, Failed, Trial};
use netsession_conformance::lab;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Output, Stdio};

type Outcome = Result<(), Box<dyn Error>>;

/// Hidden argument: only try whether there are namespaces here.
const TRY: &str = "--try-namespaces";
/// Hidden argument: be the demo, where further namespaces are refused.
const REFUSED: &str = "--with-namespaces-refused";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        Some((TRY, _)) => return if lab::enter().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE },
        Some((REFUSED, rest)) => {
            eprintln!("{}", become_demo_without_namespaces(rest));
            return ExitCode::FAILURE;
        }
        _ => {}
    }
    let arguments = Arguments::from_args();
    let real = arguments.list || run_self(&[TRY]).is_ok_and(|output| output.status.success());
    if !real {
        eprintln!("\n*** NAMESPACES ARE REFUSED HERE: nothing below was shown on real links ***");
    }
    let skip = !real && std::env::var_os("CI").is_none();
    let trial = |name: &str, needs_namespaces: bool, test: fn() -> Outcome| {
        let run = move || test().map_err(|error| Failed::from(error.to_string()));
        Trial::test(name, run).with_ignored_flag(needs_namespaces && skip)
    };
    let trials = vec![
        trial("all_scenes_on_real_links", true, all_scenes_on_real_links),
        trial("all_scenes_in_the_simulator", false, all_scenes_in_the_simulator),
        trial("refused_namespaces_are_said_and_simulated", true, refused_namespaces_are_said_and_simulated),
        trial("signals_end_it_cleanly", false, signals_end_it_cleanly),
        trial("killed_it_leaves_nothing", true, killed_it_leaves_nothing),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn demo() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netsession"));
    command.arg("demo").stdin(Stdio::null());
    command
}

fn run_self(arguments: &[&str]) -> std::io::Result<Output> {
    Command::new(std::env::current_exe()?).args(arguments).stdin(Stdio::null()).output()
}

/// Enters namespaces in which no further ones may be made, and is the demo.
fn become_demo_without_namespaces(arguments: &[String]) -> Box<dyn Error> {
    let refuse = || -> Outcome {
        lab::enter()?;
        Ok(fs::write("/proc/sys/user/max_user_namespaces", "0")?)
    };
    match refuse() {
        Ok(()) => demo().args(arguments).exec().into(),
        Err(error) => error,
    }
}

fn document(output: &Output) -> Result<Value, Box<dyn Error>> {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", output.status);
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn strings<'a>(of: &'a Value, key: &str) -> Vec<&'a str> {
    of.as_array().into_iter().flatten().filter_map(|it| it[key].as_str()).collect()
}

/// Where each of these lines of the timeline is; they must all be there, in this order.
fn assert_order(document: &Value, wanted: &[(&str, &str)]) {
    let entries = document["timeline"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut rest = entries.iter();
    for (lane, text) in wanted {
        let there = rest.any(|entry| entry["lane"] == *lane && entry["text"].as_str().is_some_and(|it| it.contains(text)));
        assert!(there, "no `{lane}: {text}` where it belongs in\n{entries:#?}");
    }
    let times: Vec<f64> = entries.iter().filter_map(|entry| entry["at_ms"].as_f64()).collect();
    assert!(times.is_sorted() && times.len() == entries.len(), "{times:?}");
}

/// What holds on whatever the scenes are played.
fn assert_played(document: &Value) {
    assert_eq!(strings(&document["roams"], "scene"), ["accept", "reject", "cut"]);
    assert_eq!(strings(&document["roams"], "from"), ["lte", "wlan", "wlan"]);
    assert_eq!(strings(&document["roams"], "to"), ["wlan", "wlan", "lte"]);
    for roam in &document["roams"].as_array().expect("roams")[..2] {
        assert!(roam["bytes_sent"].as_u64() > Some(0) && roam["bytes_lost"] == 0, "{roam}");
    }
    assert!(document["transfer"]["bytes"].as_u64() > Some(0), "{}", document["transfer"]);
    assert_eq!(document["transfer"]["bytes_missing"], 0);
    assert_eq!(document["active_at_the_end"], "lte");
    assert!(document["cut"]["event_to_working_ms"].is_number(), "{}", document["cut"]);
    assert_eq!(document["targets"].as_array().map(Vec::len), Some(2));
    assert_eq!(document["holds"], true);
    let checks = document["checks"].as_array().expect("checks");
    assert!(checks.len() > 10 && checks.iter().all(|check| check["holds"] == true), "{checks:?}");
    let wanted = [
        ("app", "sees: opened"),
        ("transfer", "runs through lte0"),
        ("net", "wlan0 comes into reach"),
        ("app", "sees: offer 1: wlan (upgrade, keeps the old link)"),
        ("app", "migrates to wlan"),
        ("hub", "Raise wlan"),
        ("app", "sees: wlan is up, to be tested"),
        ("app", "the probe's answer: 204"),
        ("transfer", "runs through wlan0"),
        ("app", "accepts wlan"),
        ("hub", "Prefer wlan"),
        ("hub", "Lower lte"),
        ("app", "sees: offer 2: ethernet"),
        ("hub", "Raise ethernet"),
        ("app", "the probe's answer: 302"),
        ("app", "rejects ethernet"),
        ("hub", "Lower ethernet"),
        ("net", "the cable of wlan0 is cut"),
        ("hub", "Raise lte"),
        ("app", "sees: Connected"),
        ("transfer", "runs through lte0"),
        ("app", "sees: closed"),
    ];
    assert_order(document, &wanted);
}

fn all_scenes_on_real_links() -> Outcome {
    let document = document(&demo().arg("--json").output()?)?;
    assert_eq!(document["backend"], "netlink");
    assert_eq!(document["instead_of_real_links"], Value::Null);
    assert_played(&document);
    // told by a thread beside the executor: which of the two hears the kernel first is the scheduler's choice
    assert_order(&document, &[("net", "the cable of wlan0 is cut"), ("net", "wlan0 lost its carrier: the kernel's event")]);
    assert_order(&document, &[("net", "the cable of wlan0 is cut"), ("link", "lte is Active")]);
    Ok(())
}

fn all_scenes_in_the_simulator() -> Outcome {
    let document = document(&demo().args(["--backend", "sim", "--json"]).output()?)?;
    assert_eq!(document["backend"], "sim");
    assert_eq!(document["instead_of_real_links"], Value::Null);
    assert_played(&document);
    Ok(())
}

fn refused_namespaces_are_said_and_simulated() -> Outcome {
    let simulated = document(&run_self(&[REFUSED, "--json"])?)?;
    assert_eq!(simulated["backend"], "sim");
    let reason = simulated["instead_of_real_links"].as_str().ok_or("no reason")?;
    assert!(reason.contains("unshare(2)") && reason.contains("max_user_namespaces"), "{reason}");
    assert_played(&simulated);
    let insisted = run_self(&[REFUSED, "--backend", "netlink"])?;
    let said = String::from_utf8_lossy(&insisted.stderr);
    assert_eq!(insisted.status.code(), Some(5), "{said}");
    assert!(said.contains("unshare(2)") && said.contains("--backend sim") && insisted.stdout.is_empty(), "{said}");
    Ok(())
}

/// Starts the demo and returns when it has printed a line with these words.
fn started(until: &str) -> Result<(Child, BufReader<std::process::ChildStdout>), Box<dyn Error>> {
    let mut child = demo().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?);
    let mut line = String::new();
    while !line.contains(until) {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Err(format!("it ended before `{until}`: {}", child.wait()?).into());
        }
    }
    Ok((child, lines))
}

fn signals_end_it_cleanly() -> Outcome {
    let cases = [
        (Signal::SIGINT, 130, "Raise lte"),
        (Signal::SIGINT, 130, "must stay for 100ms"),
        (Signal::SIGTERM, 143, "Raise ethernet"),
        (Signal::SIGINT, 130, "nothing is plugged for"),
    ];
    for (signal, status, moment) in cases {
        let (mut child, mut rest) = started(moment)?;
        kill(Pid::from_raw(i32::try_from(child.id())?), signal)?;
        let (mut printed, mut said) = (String::new(), String::new());
        rest.read_to_string(&mut printed)?;
        child.stderr.take().ok_or("no errors")?.read_to_string(&mut said)?;
        assert_eq!(child.wait()?.code(), Some(status), "{signal} at `{moment}`: {said}");
        assert!(said.contains(signal.as_str()) && said.contains("everything was put back"), "{said}");
        assert!(printed.contains("sees: closed") && !printed.contains("is cut"), "{printed}");
    }
    Ok(())
}

fn numbered(path: &Path) -> Vec<fs::DirEntry> {
    let number = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().bytes().all(|byte| byte.is_ascii_digit());
    fs::read_dir(path).into_iter().flatten().flatten().filter(number).collect()
}

/// The network namespaces of all threads of a process we may look at.
fn namespaces(process: &Path) -> BTreeSet<u64> {
    numbered(&process.join("task")).iter().filter_map(|thread| Some(fs::metadata(thread.path().join("ns/net")).ok()?.ino())).collect()
}

fn killed_it_leaves_nothing() -> Outcome {
    let everywhere = || numbered("/proc".as_ref()).iter().flat_map(|process| namespaces(&process.path())).collect::<BTreeSet<_>>();
    let outside = namespaces("/proc/self".as_ref());
    let (mut child, _rest) = started("Lower ethernet")?;
    let inside: BTreeSet<u64> = namespaces(format!("/proc/{}", child.id()).as_ref()).difference(&outside).copied().collect();
    assert_eq!(inside.len(), 2, "this side of the links and the router's: {inside:?}");
    assert!(everywhere().is_superset(&inside));
    child.kill()?;
    child.wait()?;
    assert!(everywhere().is_disjoint(&inside), "a namespace of the killed demo is still in use");
    Ok(())
}
