//! How is a run written in the language of scenarios? What there is, and what is done; what must be so is filled in where it is played.

use super::Walked;
use super::choose::{Done, Played};
use super::deed::{Deed, Ends, Event, Unasked, Verb};
use super::stage::{PLACES, Stage, Start};
use crate::action::Ask;
use crate::coverage::{Item, slug};
use netsession_fsm::hub::Settings;
use netsession_fsm::words::{AccessPoint, Capabilities, ConfigurationId, ConfigurationState, Mode};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

const SESSIONS: [&str; 3] = ["anna", "bert", "carl"];
/// A line is no longer than this.
const WIDTH: usize = 130;

/// The run of this path.
pub(super) fn walked(start: &[Start], played: &Played, items: Vec<Item>) -> Walked {
    let stage = &played.stage;
    let mut text = intent(&items);
    let excuses = played.steps.iter().filter_map(|done| done.own).flat_map(|own| {
        let (on, why) = own.excuse();
        on.iter().map(move |world| (*world, why))
    });
    // one reason is enough
    let excuses: BTreeMap<_, _> = excuses.collect();
    excuses.iter().for_each(|(world, why)| line(&mut text, &format!("not on {world}: {why}")));
    declarations(stage, start, &mut text);
    text.push('\n');
    for (place, plan) in stage.world.sessions.iter().enumerate() {
        let mut traits = vec![mode(plan.mode)];
        traits.extend((!plan.may_stop).then_some("may not stop"));
        traits.extend(plan.reopen.then_some("opens again"));
        line(&mut text, &format!("session {} on {}: {}", SESSIONS[place], configuration(plan.configuration), traits.join(", ")));
    }
    for done in &played.steps {
        step(stage, done, &mut text);
    }
    Walked { name: slug(&items), text, items }
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn intent(items: &[Item]) -> String {
    let mut text =
        "# Found by a walk over the model, and written by `make walked`. It is there for what no run before it reaches:\n".to_owned();
    let mut row = "#".to_owned();
    let last = items.len().saturating_sub(1);
    for (place, (kind, name)) in items.iter().enumerate() {
        let told = format!(" {kind} {name}{}", if place == last { "." } else { ";" });
        if row.chars().count() + told.chars().count() > WIDTH && row.len() > 1 {
            line(&mut text, &row);
            row = "#".to_owned();
        }
        row.push_str(&told);
    }
    line(&mut text, &row);
    text.push('\n');
    text
}

fn declarations(stage: &Stage, start: &[Start], text: &mut String) {
    settings(&stage.world.settings, text);
    for ((name, point), start) in PLACES.iter().zip(&stage.world.access_points).zip(start) {
        let traits = traits(stage, point, *start);
        let traits = if traits.is_empty() { String::new() } else { format!(": {}", traits.join(", ")) };
        line(text, &format!("access point {name}{traits}"));
    }
    for (place, members) in stage.world.networks.iter().enumerate() {
        let members: Vec<_> = members.iter().map(|id| PLACES[id.0 as usize]).collect();
        line(text, &format!("service network {}: {}", NETWORKS[place], members.join(", ")));
    }
    for (place, options) in stage.world.choices.iter().enumerate() {
        let options: Vec<_> = options.iter().map(|id| configuration(*id)).collect();
        line(text, &format!("user choice {}: {}", CHOICES[place], options.join(", ")));
    }
}

const NETWORKS: [&str; 2] = ["internet", "office"];
const CHOICES: [&str; 1] = ["any"];

fn configuration(id: ConfigurationId) -> &'static str {
    match id {
        ConfigurationId::AccessPoint(id) => PLACES[id.0 as usize],
        ConfigurationId::ServiceNetwork(id) => NETWORKS[id.0 as usize],
        ConfigurationId::UserChoice(id) => CHOICES[id.0 as usize],
    }
}

/// The times that are not those of every scenario.
fn settings(settings: &Settings, text: &mut String) {
    let usual = Settings { settle: Duration::ZERO, ..Settings::default() };
    let all = [
        ("settle", settings.settle, usual.settle),
        ("offer deadline", settings.offer_deadline, usual.offer_deadline),
        ("trial deadline", settings.trial_deadline, usual.trial_deadline),
        ("commit timeout", settings.commit_timeout, usual.commit_timeout),
        ("suppression", settings.suppression, usual.suppression),
        ("back off", settings.back_off, usual.back_off),
        ("grace", settings.grace, usual.grace),
    ];
    for (name, time, _) in all.into_iter().filter(|(_, time, usual)| time != usual) {
        line(text, &format!("{name} {}", long(time)));
    }
}

fn traits(stage: &Stage, point: &AccessPoint, start: Start) -> Vec<String> {
    let mut traits = Vec::new();
    let mut has = |what: &str| traits.push(what.to_owned());
    match start.state {
        ConfigurationState::Discovered => {}
        ConfigurationState::Active => has("found up"),
        ConfigurationState::Defined | ConfigurationState::Undefined | ConfigurationState::Absent => has("away"),
    }
    match start.raise {
        Ends::Well => {}
        Ends::Badly => has("raise fails"),
        Ends::Never => has("raise hangs"),
    }
    match start.prefer {
        Ends::Well => {}
        Ends::Badly => has("prefer fails"),
        Ends::Never => has("prefer hangs"),
    }
    if start.lowers_late {
        has("lower takes 1 min");
    }
    if stage.bearers {
        has(&format!("bearer {}", format!("{:?}", point.bearer).to_lowercase()));
    }
    if point.radio.is_some() {
        has("radio air");
    }
    if !point.capabilities.has(Capabilities::CAN_START_AND_STOP_INTERFACES) {
        has("cannot stop");
    }
    if point.connect_timeout != AccessPoint::default().connect_timeout {
        has(&format!("connect timeout {}", long(point.connect_timeout)));
    }
    traits
}

fn long(time: Duration) -> String {
    if time.subsec_millis() == 0 { format!("{} s", time.as_secs()) } else { format!("{} ms", time.as_millis()) }
}

const fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Off => "off",
        Mode::Forced => "forced",
        Mode::Application => "application",
    }
}

const fn ends(ends: Ends) -> &'static str {
    match ends {
        Ends::Well => "works",
        Ends::Badly => "fails",
        Ends::Never => "hangs",
    }
}

fn step(stage: &Stage, done: &Done, text: &mut String) {
    let place = |id: netsession_fsm::words::AccessPointId| PLACES[id.0 as usize];
    let told = match done.deed {
        Deed::Asks(session, ask) => format!("{} {}", SESSIONS[session as usize], asks(stage, session, ask, done.begins)),
        Deed::Unasked(session, answer) => {
            let answer = match answer {
                Unasked::Migrates => "migrates",
                Unasked::Ignores => "ignores",
                Unasked::Accepts => "accepts",
                Unasked::Rejects => "rejects",
            };
            format!("{} {answer} unasked", SESSIONS[session as usize])
        }
        Deed::Leaves(session) => format!("{} leaves", SESSIONS[session as usize]),
        Deed::Happens(id, event) => {
            let event = match event {
                Event::Cut => "is cut",
                Event::Mended => "is mended",
                Event::TakenDown => "is taken down",
                Event::BroughtUp => "is brought up",
                Event::LosesCredentials => "loses its credentials",
            };
            format!("{} {event}", place(id))
        }
        Deed::Raises(id, how) => format!("{} from now on raises and {}", place(id), ends(how)),
        Deed::Preferred(id, how) => format!("{} from now on is preferred and {}", place(id), ends(how)),
        Deed::Killed => "the daemon is killed".to_owned(),
        Deed::Back => "the daemon is back".to_owned(),
        Deed::Resyncs => "the daemon says how everything stands".to_owned(),
        Deed::Removed(id) => format!("{} is removed", configuration(id)),
        Deed::Refreshed => "the list is refreshed".to_owned(),
        Deed::Waits => format!("after {}", long(done.waits.unwrap_or_default())),
    };
    line(text, &told);
    if !done.rests.is_zero() {
        line(text, &format!("after {}", long(done.rests)));
    }
    for (session, verb) in &done.answers {
        let verb = match verb {
            Verb::Open => "open",
            Verb::Migrate => "migrate",
            Verb::Accept => "accept",
        };
        let _ = writeln!(text, "{} has the answer to {verb}", SESSIONS[*session as usize]);
    }
}

fn asks(stage: &Stage, session: u8, ask: Ask, begins: bool) -> String {
    let verb = |now: &str, begun: &str| if begins { format!("begins to {begun}") } else { now.to_owned() };
    match ask {
        Ask::Open => verb("opens", "open"),
        Ask::Choose(option) => {
            let chosen = match stage.world.sessions[session as usize].configuration {
                ConfigurationId::UserChoice(id) => configuration(stage.world.choices[id.0 as usize][option as usize]),
                ConfigurationId::AccessPoint(_) | ConfigurationId::ServiceNetwork(_) => "",
            };
            format!("{} {chosen}", verb("opens", "open"))
        }
        Ask::Close => "closes".to_owned(),
        Ask::Stop => "stops".to_owned(),
        Ask::Migrate => verb("migrates", "migrate"),
        Ask::Ignore => "ignores".to_owned(),
        Ask::Accept => verb("accepts", "accept"),
        Ask::Reject => "rejects".to_owned(),
        Ask::RequestRoam => "asks to roam".to_owned(),
        Ask::SetMode(to) => format!("changes to {}", mode(to)),
        Ask::Suppress(true) => "suppresses roaming for 1 min".to_owned(),
        Ask::Suppress(false) => "suppresses roaming for 0 s".to_owned(),
        Ask::Prohibit(on) => {
            let bearer = format!("{:?}", stage.world.access_points[0].bearer).to_lowercase();
            format!("now {} bearer {bearer}", if on { "prohibits" } else { "does not mind" })
        }
    }
}
