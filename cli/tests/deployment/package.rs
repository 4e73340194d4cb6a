//! What is in the Debian package, does it run, and is nothing left when it is purged?

use super::{FILES, files, good, has, make, place, root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

/// What a package has besides what is installed.
const COPYRIGHT: &str = "644 usr/share/doc/netsession/copyright";
/// What systemd and dpkg keep for themselves: users are never removed, since files may be theirs.
const THEIRS: [&str; 7] =
    ["etc/.pwd.lock", "etc/group", "etc/gshadow", "etc/passwd", "etc/shadow", "var/lib/dpkg/", "var/lib/systemd/deb-systemd-helper-"];
/// A process that is root among its own users, and sees no system that runs: what it does, it does below a directory.
const APART: [&str; 6] = ["--user", "--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs tmpfs /run && exec \"$@\""];

/// The package, which is built once; `None` where that is not possible.
static PACKAGE: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    if !cargo_deb() || !has("dpkg-deb", "dpkg") {
        return None;
    }
    let place = place("built");
    good(&make(&["deb".into(), format!("PACKAGES={}", place.display())]));
    let built: Vec<PathBuf> = fs::read_dir(&place).expect("packages").map(|entry| entry.expect("a package").path()).collect();
    let [package] = built.as_slice() else { panic!("one package, not {built:?}") };
    Some(package.clone())
});

/// cargo-deb, where `make tools` puts it. Without it the test is skipped, loudly, and fails where the environment says `CI`.
fn cargo_deb() -> bool {
    let found = root().join("target/tools/bin/cargo-deb").is_file();
    assert!(found || std::env::var_os("CI").is_none(), "cargo-deb is missing: `make tools`");
    if !found {
        eprintln!("*** SKIPPED: needs cargo-deb: `make tools` ***");
    }
    found
}

fn dpkg(words: &[&str], package: &Path, to: Option<&Path>) -> String {
    let mut command = Command::new("dpkg-deb");
    command.args(words).arg(package).args(to);
    good(&command.output().expect("it runs"))
}

#[test]
fn has_what_is_installed_and_makes_its_user() {
    let Some(package) = &*PACKAGE else { return };
    let place = place("package");
    let fields = dpkg(&["--field"], package, None);
    for line in ["Package: netsession", concat!("Version: ", env!("CARGO_PKG_VERSION"), "-1"), "Recommends: polkitd"] {
        assert!(fields.lines().any(|found| found == line), "{line} is not in\n{fields}");
    }

    let unpacked = place.join("unpacked");
    dpkg(&["--extract"], package, Some(&unpacked));
    let found: Vec<_> = files(&unpacked).iter().map(|line| plain(line)).collect();
    assert_eq!(found, expected());
    good(&Command::new(unpacked.join("usr/bin/netsession")).arg("list").arg("--backend").arg("sim").output().expect("it runs"));

    let control = place.join("control");
    dpkg(&["--control"], package, Some(&control));
    let read = |name: &str| fs::read_to_string(control.join(name)).unwrap_or_default();
    assert_eq!(read("conffiles"), "/etc/netsession/policy.toml\n");
    let script = read("postinst");
    let user = script.find("systemd-sysusers").expect("the user is made");
    let unit = script.find("netsession.service").expect("the unit is known");
    assert!(user < unit, "the user is there before the service: {script}");
    assert!(read("postrm").contains("daemon-reload"), "{}", read("postrm"));
    for name in ["postinst", "prerm", "postrm"] {
        good(&Command::new("sh").arg("-n").arg(control.join(name)).output().expect("it runs"));
    }
}

/// As on a system without a package, with the package's own scripts, and off it again.
#[test]
fn is_installed_removed_and_purged() {
    let Some(package) = &*PACKAGE else { return };
    if !has("unshare", "util-linux") || !has("deb-systemd-helper", "init-system-helpers") || !has("systemd-sysusers", "systemd") {
        return;
    }
    let tried = apart(&["true"]).expect("it runs");
    assert!(tried.status.success() || std::env::var_os("CI").is_none(), "{}", String::from_utf8_lossy(&tried.stderr));
    if !tried.status.success() {
        return eprintln!("*** SKIPPED: needs user namespaces: {} ***", String::from_utf8_lossy(&tried.stderr).trim());
    }
    let system = place("system");
    fs::create_dir_all(system.join("var/lib/dpkg/info")).expect("a directory");
    fs::create_dir_all(system.join("var/lib/dpkg/updates")).expect("a directory");
    fs::write(system.join("var/lib/dpkg/status"), "").expect("no packages");
    let below = format!("--root={}", system.display());
    // there is nothing of what it depends on; scripts are told where instead of being locked in there, where no shell is
    let dpkg = |words: &[&str]| {
        let words = [&["dpkg", &below, "--force-script-chrootless", "--force-depends"], words].concat();
        good(&apart(&words).expect("it runs"))
    };
    let status = || {
        let database = format!("--admindir={}", system.join("var/lib/dpkg").display());
        let output = Command::new("dpkg-query").args([&database, "--show", "--showformat=${db:Status-Abbrev}", "netsession"]).output();
        String::from_utf8_lossy(&output.expect("it runs").stdout).trim().to_owned()
    };
    let ours = || files(&system).iter().map(|line| plain(line)).filter(|line| !is_theirs(line)).collect::<Vec<_>>();

    dpkg(&["--install", &package.display().to_string()]);
    assert_eq!(status(), "ii");
    assert_eq!(ours(), expected());
    let users = fs::read_to_string(system.join("etc/passwd")).expect("the users");
    assert!(users.lines().any(|line| line.starts_with("netsession:x:")), "{users}");
    let version = good(&Command::new(system.join("usr/bin/netsession")).arg("--version").output().expect("it runs"));
    assert_eq!(version.trim(), concat!("netsession ", env!("CARGO_PKG_VERSION")));

    // an administrator's policy outlives the package, and not its purge
    let policy = system.join("etc/netsession/policy.toml");
    fs::write(&policy, "[limits]\nsessions = 7\n").expect("written");
    dpkg(&["--remove", "netsession"]);
    assert_eq!(status(), "rc");
    let left: Vec<_> = ours().iter().filter_map(|line| Some(line.split_once(' ')?.1.to_owned())).collect();
    assert_eq!(left, ["etc/netsession/policy.toml", "etc/systemd/system/netsession.service"], "its unit is masked until the purge");
    assert_eq!(fs::read_to_string(&policy).expect("the policy"), "[limits]\nsessions = 7\n");
    dpkg(&["--purge", "netsession"]);
    assert_eq!(status(), "");
    assert_eq!(ours(), [""; 0]);
    for place in ["usr", "etc/netsession", "var/lib/systemd/deb-systemd-helper-enabled", "var/lib/systemd/deb-systemd-helper-masked"] {
        assert!(!system.join(place).exists(), "{place} is left");
    }
}

/// Runs something apart from the system.
fn apart(words: &[&str]) -> std::io::Result<Output> {
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("unshare").args(APART).arg("sh").args(words).env("PATH", format!("{path}:/usr/sbin:/sbin")).output()
}

fn is_theirs(line: &str) -> bool {
    line.split_once(' ').is_some_and(|(_, path)| THEIRS.iter().any(|theirs| path.starts_with(theirs)))
}

/// Every file of the package, with its mode.
fn expected() -> Vec<String> {
    let mut expected: Vec<_> = FILES.lines().chain([COPYRIGHT]).map(plain).collect();
    expected.sort_by_key(|line| line.split_once(' ').map(|(_, path)| path.to_owned()));
    expected
}

/// Manual pages are compressed in packages.
fn plain(line: &str) -> String {
    line.trim_end_matches(".gz").to_owned()
}
