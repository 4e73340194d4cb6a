//! How is a file played in a lab? As a case that is found by its name, wherever the rig has what it needs.

use super::{File, files};
use netsession_conformance::lab::{Case, Lab, Outcome, Run};
use netsession_conformance::rig::Rig;
use netsession_conformance::scenario::{Real, play};

/// The case of a file on a rig; those it cannot show are said aloud with the reason. A file that cannot be read fails on the simulator.
pub(super) fn case<R: Rig<Ground = Lab>>(file: &'static File) -> Option<Case> {
    let scenario = file.scenario().ok()?;
    if scenario.excused::<Real<R>>().is_some() {
        return None;
    }
    let run = Run::Named(|lab, name| Box::pin(played::<R>(lab, name)));
    Some(Case { name: format!("{}::{}", R::name(), file.name).leak(), run, needs: R::needs().leak() })
}

async fn played<R: Rig<Ground = Lab>>(lab: Lab, name: &str) -> Outcome {
    let named = |file: &&File| name.rsplit("::").next() == Some(file.name.as_str());
    let file = files()?.iter().find(named).ok_or("there is no such file")?;
    let scenario = file.scenario()?;
    let steps = play(&scenario, Real::<R>::new(lab, &scenario).await?).await?;
    println!("{steps} steps judged");
    Ok(())
}
