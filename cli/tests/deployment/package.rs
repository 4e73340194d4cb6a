//! What is in the Debian package, and does it run?

use super::{FILES, files, good, has, make, place, root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a package has besides what is installed.
const COPYRIGHT: &str = "644 usr/share/doc/netsession/copyright";

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
    if !cargo_deb() || !has("dpkg-deb", "dpkg") {
        return;
    }
    let place = place("package");
    good(&make(&["deb".into(), format!("PACKAGES={}", place.join("built").display())]));
    let built: Vec<PathBuf> = fs::read_dir(place.join("built")).expect("packages").map(|entry| entry.expect("a package").path()).collect();
    let [package] = built.as_slice() else { panic!("one package, not {built:?}") };
    let fields = dpkg(&["--field"], package, None);
    for line in ["Package: netsession", concat!("Version: ", env!("CARGO_PKG_VERSION"), "-1"), "Recommends: polkitd"] {
        assert!(fields.lines().any(|found| found == line), "{line} is not in\n{fields}");
    }

    let unpacked = place.join("unpacked");
    dpkg(&["--extract"], package, Some(&unpacked));
    let mut expected: Vec<_> = FILES.lines().chain([COPYRIGHT]).map(plain).collect();
    expected.sort_by_key(|line| line.split_once(' ').map(|(_, path)| path.to_owned()));
    let found: Vec<_> = files(&unpacked).iter().map(|line| plain(line)).collect();
    assert_eq!(found, expected);
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

/// Manual pages are compressed in packages.
fn plain(line: &str) -> String {
    line.trim_end_matches(".gz").to_owned()
}
