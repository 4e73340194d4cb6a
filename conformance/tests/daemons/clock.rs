//! Can the wall clock of a lab be set, ahead of the machine's and behind it?

use netsession_conformance::lab::daemons::{WallClock, with_wall_clock};
use netsession_conformance::lab::{Lab, Outcome};
use std::process::Command;

/// What `date` says, in seconds.
fn date() -> Result<i64, Box<dyn std::error::Error>> {
    let mut command = Command::new("date");
    with_wall_clock(command.arg("+%s"));
    Ok(String::from_utf8(command.output()?.stdout)?.trim().parse()?)
}

pub(crate) async fn is_set(_: Lab) -> Outcome {
    let now = || std::time::UNIX_EPOCH.elapsed().map(|since| since.as_secs().cast_signed());
    let differs_by = |seconds: i64| {
        let difference = date()? - now()?;
        assert!((difference - seconds).abs() < 600, "{difference} s, and {seconds} was set");
        Ok::<_, Box<dyn std::error::Error>>(())
    };
    differs_by(0)?;
    let clock = WallClock::show()?;
    differs_by(0)?;
    for seconds in [5_184_000, -1_577_000_000, 3600, 0] {
        clock.set(seconds)?;
        differs_by(seconds)?;
    }
    Ok(())
}
