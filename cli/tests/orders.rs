//! Do the runs of the model that no scenario can tell come out the same again? On the hub by itself, and, in simulated time, on the
//! program around it: its drive loop, its client API and its timers.

mod common;

use common::Place;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// What the program cannot be made to do, as it says so itself, and which runs need it.
const EXCUSED: &[(&str, &[&str])] = &[
    ("nothing of the program does this: Define", &["catalogue-signal-added"]),
    ("in real time another timer runs out before", &["roaming-committing-refused-seeking"]),
];

#[test]
fn what_only_orders_of_reports_reach_comes_out_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/orders");
    let mut files: Vec<_> = fs::read_dir(folder).expect("the stored runs").map(|file| file.expect("a file").path()).collect();
    files.sort();
    let place = Place::new("orders");
    let (mut wrong, mut simulated) = (Vec::new(), 0);
    for file in &files {
        let name = file.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".trace.json")).expect("a name");
        let ended = place.run(&["replay", &file.to_string_lossy(), "--simulate", "--json"]);
        let told: Value = serde_json::from_str(&ended.out).expect("JSON");
        let excuse = EXCUSED.iter().find(|(_, names)| names.contains(&name)).map(|(why, _)| *why);
        match (told["same"].as_bool(), told["simulated"].is_number(), excuse) {
            (Some(true), true, None) => simulated += 1,
            (_, false, Some(why)) if ended.err.contains(why) => eprintln!("EXCUSED {name}: {why}"),
            _ => wrong.push(format!("{name}: {}", ended.err)),
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), files.len(), wrong.join("\n"));
    assert!(simulated > 0);
}
