//! The steps of a recording as a person reads them: who asked, who reported, what the hub said to whom.

use crate::action::call_name;
use crate::story::{Lane, Line, Story, configuration_name, link, said, timer_name};
use netsession_fsm::hub::{Input, LinkReport, Output, Report};
use netsession_fsm::recording::Step;
use netsession_fsm::words::Cause;

/// Steps as a story.
pub(super) fn story<'a>(names: &[String], title: String, steps: impl Iterator<Item = &'a Step>) -> Story {
    let mut lines = Vec::new();
    for step in steps {
        let number = usize::try_from(step.number).unwrap_or(usize::MAX);
        let (from, to, text) = heard(names, step);
        lines.push(Line { step: number, from, to, text });
        let told = step.outputs.iter().filter_map(|output| said(names, output));
        lines.extend(told.map(|(to, text)| Line { step: number, from: Lane::Hub, to, text }));
    }
    let clients = lines.iter().flat_map(|line| [line.from, line.to]).filter_map(|lane| match lane {
        Lane::Client(number) => Some(number as usize + 1),
        Lane::Hub | Lane::Executor => None,
    });
    let sessions = clients.max().unwrap_or(0);
    Story { title, sessions, lines, path: Vec::new(), cycle: None }
}

/// An input in words.
pub(super) fn described(names: &[String], step: &Step) -> String {
    let (from, to, text) = heard(names, step);
    if from == to { format!("{from}: {text}") } else { format!("{from} to {to}: {text}") }
}

fn heard(names: &[String], step: &Step) -> (Lane, Lane, String) {
    let to_hub = |from: Lane, text: String| (from, Lane::Hub, text);
    match &step.input {
        Input::Define(definition) => to_hub(Lane::Hub, format!("{} is defined", configuration_name(names, definition.id()))),
        Input::Remove(id) => to_hub(Lane::Hub, format!("{} is removed", configuration_name(names, *id))),
        Input::Default(None) => to_hub(Lane::Hub, "no default".to_owned()),
        Input::Default(Some(id)) => to_hub(Lane::Hub, format!("{} is the default", configuration_name(names, *id))),
        Input::SaveTraffic(save) => to_hub(Lane::Hub, if *save { "traffic is to be saved" } else { "traffic is free" }.to_owned()),
        Input::Create { configuration, .. } => {
            let created = step
                .outputs
                .iter()
                .find_map(|output| if let Output::Created { session, .. } = output { Some(Lane::Client(session.index)) } else { None });
            to_hub(created.unwrap_or(Lane::Hub), format!("a session on {}", configuration_name(names, *configuration)))
        }
        Input::Drop(session) => to_hub(Lane::Client(session.index), "is gone".to_owned()),
        Input::Request { session, call, .. } => to_hub(Lane::Client(session.index), call_name(call).to_owned()),
        Input::Refresh { .. } => to_hub(Lane::Executor, "somebody asks for a scan".to_owned()),
        Input::Report(report) => to_hub(Lane::Executor, reported(names, report)),
        Input::Fired(timer) => to_hub(Lane::Hub, format!("{} passed", timer_name(names, *timer))),
        Input::Restore(kept) => {
            to_hub(Lane::Hub, format!("starts again from what was kept: {} sessions, {} links", kept.sessions.len(), kept.links.len()))
        }
    }
}

fn reported(names: &[String], report: &Report) -> String {
    let of_link = |report: &LinkReport| {
        let why = if report.cause == Cause::Unknown { String::new() } else { format!(", {}", report.cause) };
        format!("{} is {:?}{why}", link(names, report.access_point), report.state)
    };
    match report {
        Report::Link(report) => of_link(report),
        Report::Route { result: Ok(()), .. } => "default route switched".to_owned(),
        Report::Route { result: Err(cause), .. } => format!("default route could not be switched, {cause}"),
        Report::Refreshed { .. } => "scanned".to_owned(),
        Report::Counters { access_point, .. } => format!("counters of {}", link(names, *access_point)),
        Report::Resync { links, .. } if links.is_empty() => "resync: nothing is there".to_owned(),
        Report::Resync { links, .. } => format!("resync: {}", links.iter().map(of_link).collect::<Vec<_>>().join(" | ")),
        Report::Gone { .. } => "the daemon is gone".to_owned(),
    }
}
