//! What does `make install` put where, and do those who read it take it? As for a system, into a directory of each test's own.

mod package;

use netsession_broker::authority::{Act, Policy};
use roxmltree::{Document, ParsingOptions};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Every file, with its mode.
const FILES: &str = include_str!("files.txt");
/// The most that `systemd-analyze security` may find, in tenths: 10 is "OK" up to 4.9, what a service with the network's rights can reach is 2.1.
const EXPOSURE: &str = "--threshold=25";

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn make(words: &[String]) -> Output {
    let program = format!("PROGRAM={}", env!("CARGO_BIN_EXE_netsession"));
    let mut command = Command::new("make");
    command.args(["--silent", "--no-print-directory"]).args(words).arg(program).current_dir(root());
    // of the `make` that runs the tests
    for name in ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "DESTDIR", "PREFIX"] {
        command.env_remove(name);
    }
    command.output().expect("make runs")
}

fn good(output: &Output) -> String {
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}: {}{}", output.status, said(&output.stdout), said(&output.stderr));
    said(&output.stdout)
}

fn place(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("deployment").join(test);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a directory");
    path
}

/// Installed as a package would be, below a directory.
fn installed(test: &str) -> PathBuf {
    let place = place(test);
    good(&make(&["install".into(), format!("DESTDIR={}", place.display()), "PREFIX=/usr".into()]));
    place
}

/// Every file below a directory, with its mode, sorted by path.
fn files(place: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![place.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(&directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                left.push(path);
                continue;
            }
            let mode = fs::metadata(&path).expect("its mode").permissions().mode() & 0o7777;
            found.push((path.strip_prefix(place).expect("below it").display().to_string(), mode));
        }
    }
    found.sort();
    found.into_iter().map(|(path, mode)| format!("{mode:o} {path}")).collect()
}

/// Whether a program is there; where it is not the test is skipped, loudly, and fails where the environment says `CI`.
fn has(program: &str, package: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    assert!(found || std::env::var_os("CI").is_none(), "{program} is missing (Debian package {package})");
    if !found {
        eprintln!("*** SKIPPED: needs {program} (Debian package {package}) ***");
    }
    found
}

#[test]
fn everything_is_where_it_belongs() {
    let place = installed("files");
    assert_eq!(files(&place), FILES.lines().collect::<Vec<_>>(), "change cli/tests/deployment/files.txt if this is meant");
    let version = good(&Command::new(place.join("usr/bin/netsession")).arg("--version").output().expect("it runs"));
    assert_eq!(version.trim(), concat!("netsession ", env!("CARGO_PKG_VERSION")));
    let policy = fs::read_to_string(place.join("etc/netsession/policy.toml")).expect("the policy");
    assert_eq!(policy, Policy::sample());
    let unit = fs::read_to_string(place.join("usr/lib/systemd/system/netsession.service")).expect("the unit");
    assert!(unit.contains("\nExecStart=/usr/bin/netsession broker --bus system"), "{unit}");
    assert!(!unit.contains("@BINDIR@"), "{unit}");
}

/// Text between two others.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before).and_then(|(_, rest)| rest.split_once(after)).map_or("", |(found, _)| found)
}

#[test]
fn one_user_and_one_name_everywhere() {
    let place = installed("names");
    let read = |path: &str| fs::read_to_string(place.join(path)).expect(path);
    let options = || ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let name = netsession_broker::api::NAME;
    let policy = read("usr/share/dbus-1/system.d/org.netsession.Broker1.conf");
    let policy = Document::parse_with_options(&policy, options()).expect("XML");
    let owners: Vec<_> = policy.descendants().filter(|node| node.attribute("own") == Some(name)).collect();
    let users: Vec<_> = owners.iter().filter_map(|node| node.parent()?.attribute("user")).collect();
    assert_eq!(users, ["netsession", "root"]);
    let actions = read("usr/share/polkit-1/actions/org.netsession.broker.policy");
    let actions = Document::parse_with_options(&actions, options()).expect("XML");
    let mut ids: Vec<_> = actions.descendants().filter_map(|node| node.attribute("id")).collect();
    let owner = |node: &roxmltree::Node<'_, '_>| node.attribute("key") == Some("org.freedesktop.policykit.owner");
    assert!(actions.descendants().filter(owner).all(|node| node.text() == Some("unix-user:netsession")));
    assert_eq!(actions.descendants().filter(owner).count(), ids.len(), "each has its owner");
    ids.sort_unstable();
    let mut acts = Act::ALL.map(Act::action);
    acts.sort_unstable();
    assert_eq!(ids, acts);
    let interfaces = read("usr/share/dbus-1/interfaces/org.netsession.Broker1.xml");
    Document::parse_with_options(&interfaces, options()).expect("XML");
    let unit = read("usr/lib/systemd/system/netsession.service");
    assert_eq!((between(&unit, "\nUser=", "\n"), between(&unit, "\nGroup=", "\n")), ("netsession", "netsession"));
    assert!(read("usr/lib/sysusers.d/netsession.conf").contains("\nu netsession "));
    for path in ["system-services", "services"] {
        let service = read(&format!("usr/share/dbus-1/{path}/org.netsession.Broker1.service"));
        assert_eq!(between(&service, "\nName=", "\n"), name);
        assert_eq!(between(&service, "\nSystemdService=", "\n"), "netsession.service");
        assert!(service.contains("\nExec=/usr/bin/netsession broker --bus s"), "{service}");
    }
    for path in ["system", "user"] {
        assert_eq!(between(&read(&format!("usr/lib/systemd/{path}/netsession.service")), "\nBusName=", "\n"), name);
    }
}

#[test]
fn systemd_takes_the_units_and_finds_them_safe() {
    if !has("systemd-analyze", "systemd") {
        return;
    }
    // where it is installed the program must be there: systemd looks
    let place = place("units");
    let below = |what: &str, path: &str| format!("{what}={}{path}", place.display());
    good(&make(&["install".into(), below("PREFIX", ""), below("SYSTEM", ""), below("CONFIGURATION", "/etc")]));
    let system = place.join("lib/systemd/system/netsession.service");
    let analyze = |words: &[&str], unit: &Path| {
        let mut command = Command::new("systemd-analyze");
        let output = command.args(words).arg(unit).env("XDG_RUNTIME_DIR", &place).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (good(&output), said)
    };
    for (words, unit) in
        [(&["verify", "--man=no"][..], &system), (&["--user", "verify", "--man=no"], &place.join("lib/systemd/user/netsession.service"))]
    {
        let (_, said) = analyze(words, unit);
        let ours: Vec<_> = said.lines().filter(|line| line.contains("netsession")).collect();
        assert_eq!(ours, [""; 0], "{said}");
    }
    let (told, _) = analyze(&["security", "--offline=true", "--no-pager", EXPOSURE], &system);
    println!("{}", told.lines().last().unwrap_or_default());
}

#[test]
fn systemd_makes_the_user() {
    if !has("systemd-sysusers", "systemd") {
        return;
    }
    let place = installed("user");
    let root = format!("--root={}", place.display());
    good(&Command::new("systemd-sysusers").args([&root, "netsession.conf"]).output().expect("it runs"));
    let passwd = fs::read_to_string(place.join("etc/passwd")).expect("the users");
    assert!(passwd.lines().any(|line| line.starts_with("netsession:x:") && line.ends_with("nologin")), "{passwd}");
}

#[test]
fn manual_pages_say_it_all() {
    let place = installed("pages").join("usr/share/man");
    let page = fs::read_to_string(place.join("man5/netsession-policy.5")).expect("the page");
    for word in
        Act::ALL.map(Act::name).into_iter().chain(["[[rule]]", "[limits]", "user = ", "group = ", "uid = ", "acts = ", "verdict = "])
    {
        assert!(page.split("EXAMPLE").next().is_some_and(|text| text.contains(word)), "{word} is not in the page");
    }
    assert!(page.contains("\n[[rule]]\ngroup = \"netsession\"\n") && !page.contains("@SAMPLE@"), "the file is an example");
    for unit in ["broker/data/netsession.service.in", "broker/data/netsession-user.service.in"] {
        let text = fs::read_to_string(root().join(unit)).expect("a unit");
        for named in between(&text, "\nDocumentation=", "\n").split(' ') {
            let (name, section) = named.trim_start_matches("man:").trim_end_matches(')').split_once('(').expect("a page");
            assert!(place.join(format!("man{section}/{name}.{section}")).is_file(), "{unit} names {named}");
        }
    }
    if !has("groff", "groff-base") {
        return;
    }
    for path in files(&place).iter().filter_map(|line| line.split_once(' ')).map(|(_, path)| place.join(path)) {
        let output = Command::new("groff").args(["-man", "-Tutf8", "-K", "utf8", "-ww", "-z"]).arg(&path).output().expect("it runs");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{}", path.display());
    }
}
