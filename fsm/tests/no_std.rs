//! Does the crate do without std? Checked for a bare target where one is installed; else its source is searched. The output says which
//! (`cargo test -p netsession-fsm --test no_std -- --nocapture`).

use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn the_crate_does_without_std() {
    match bare_target() {
        Some(target) => {
            // The machines alone, then with the hub, which needs alloc.
            for features in ["", "hub", "hub,serde"] {
                check(&target, features);
            }
            println!("no_std: checked for {target}");
        }
        None => {
            let found = search(&Path::new(ROOT).join("src"));
            assert!(found.is_empty(), "std is used:\n{}", found.join("\n"));
            println!("no_std: no bare target is installed, so the source was searched");
        }
    }
}

/// An installed target without an operating system.
fn bare_target() -> Option<String> {
    let output = Command::new("rustup").args(["target", "list", "--installed"]).output().ok()?;
    let targets = String::from_utf8(output.stdout).ok()?;
    targets.lines().find(|target| target.split('-').any(|part| part == "none")).map(str::to_owned)
}

fn check(target: &str, features: &str) {
    let manifest = Path::new(ROOT).join("Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--no-default-features", "--features", features, "--target", target, "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap_or_else(|error| panic!("cargo does not start: {error}"));
    assert!(output.status.success(), "features {features:?} for {target}:\n{}", String::from_utf8_lossy(&output.stderr));
}

/// Lines of code that name std; the one `extern crate` behind its feature is allowed.
fn search(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(folder) {
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        found.extend(names_of_std(&text).into_iter().map(|(line, code)| format!("{}:{line}: {code}", path.display())));
    }
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())).flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn names_of_std(text: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut found = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        let guarded = place > 0 && lines[place - 1] == "#[cfg(any(test, feature = \"std\"))]";
        let allowed = *line == "extern crate std;" && guarded;
        if !allowed && (words(code).any(|word| word == "std") && (code.contains("std::") || code.contains("extern crate"))) {
            found.push((place + 1, (*line).to_owned()));
        }
    }
    found
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

#[test]
fn the_search_finds_std_and_nothing_else() {
    let found = |text: &str| names_of_std(text).into_iter().map(|(line, _)| line).collect::<Vec<_>>();
    assert_eq!(found("use core::fmt;\nuse std::fmt;\nlet x = std::mem::take(y);\n"), [2, 3]);
    assert_eq!(found("#[cfg(any(test, feature = \"std\"))]\nextern crate std;\n"), [] as [usize; 0]);
    assert_eq!(found("extern crate std;\n"), [1]);
    assert_eq!(found("// std::fmt\n#[cfg(feature = \"std\")]\nuse my_std::x;\n"), [] as [usize; 0]);
}
