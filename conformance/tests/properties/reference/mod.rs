//! What must a witnessed scenario look like? Told from the contract, from who did what and what happened; without a hub.
//!
//! What was said is judged as it is said ([`session`]), what the world looks like whenever all is quiet ([`calm`]), and where everybody is
//! in the end ([`end`]). It is no second hub: where the contract leaves to an order of events what comes out, nothing is claimed.

mod calm;
mod end;
mod point;
mod session;
#[cfg(test)]
mod tests;

use netsession_conformance::scenario::Scenario;
use netsession_conformance::scenario::words::{Answer, Deed, Event, Fate, Look, Name, SessionTrait, What, Word};
use netsession_fsm::words::Mode;
use point::Point;
use session::Session;
use std::collections::BTreeMap;
use std::time::Duration;

/// Raising takes 300 ms on the simulator, lowering and switching the route less: who was silent for so long has nothing under way.
const CALM: Duration = Duration::from_secs(1);
/// Where a daemon was lost, something it did not do is asked for again after 10 s ([`Settings::retry`](netsession_fsm::hub::Settings)).
const CALM_AFTER_LOSS: Duration = Duration::from_secs(11);
/// Suppressions and back-offs last no longer, and what is begun after them is done.
const HEALED: Duration = Duration::from_secs(600);

/// What the reference knows of a scenario up to a line.
struct Reference<'a> {
    scenario: &'a Scenario,
    points: Vec<Point>,
    sessions: BTreeMap<String, Session>,
    /// Where unbound traffic goes.
    route: Option<usize>,
    /// The daemon is there and has said how everything stands.
    heard: bool,
    /// The daemon was lost at some time.
    lost: bool,
    /// The last thing that happened may be known to nobody, or change nothing: nobody is to say anything.
    mute: bool,
    /// Nothing was under way before the last thing that happened.
    was_calm: bool,
    /// For how long nothing happened but time.
    rested: Duration,
    /// There was time enough at the end for everything to be tried again.
    healed: bool,
}

/// Whether what was witnessed of some deeds is as the contract says.
///
/// # Errors
/// The first line that is not, and why not.
pub(crate) fn agrees(deeds: &Scenario, witnessed: &Scenario) -> Result<(), String> {
    let healing = deeds.steps.last().map(|step| &step.what);
    let healed = matches!(healing, Some(What::After(time, _)) if *time > HEALED);
    let mut reference = Reference::new(witnessed, healed);
    let told = |reference: &mut Reference<'_>, what: &What| reference.step(what).map_err(|why| format!("`{what}`: {why}"));
    witnessed.steps.iter().try_for_each(|step| told(&mut reference, &step.what))?;
    reference.before_a_deed().map_err(|why| format!("at the end: {why}"))
}

/// A claim that the contract does not make: stop closes every holder (SPEC §5).
pub(crate) fn nobody_is_closed_by_others(_: &Scenario, witnessed: &Scenario) -> Result<(), String> {
    let mut stopped: Option<&Name> = None;
    for step in &witnessed.steps {
        match &step.what {
            What::Does(who, Deed::Stop, Answer::Well) => stopped = Some(who),
            What::Does(..) | What::Happens(..) | What::Daemon(_) | What::After(..) => stopped = None,
            What::Says(who, words) if stopped.is_some_and(|by| by != who) => {
                let closed = words.iter().any(|word| matches!(word, Word::Closed));
                if closed {
                    return Err(format!("{who} was closed by others"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

impl<'a> Reference<'a> {
    fn new(scenario: &'a Scenario, healed: bool) -> Self {
        let points = scenario.access_points.iter().map(Point::new).collect();
        Self {
            scenario,
            points,
            sessions: BTreeMap::new(),
            route: None,
            heard: true,
            lost: false,
            mute: false,
            was_calm: false,
            rested: Duration::ZERO,
            healed,
        }
    }

    fn step(&mut self, what: &What) -> Result<(), String> {
        let happens = matches!(what, What::Session { .. } | What::Does(..) | What::Begins(..) | What::Happens(..) | What::Daemon(_));
        if happens {
            self.before_a_deed()?;
            self.sessions.values_mut().for_each(Session::before_a_deed);
            self.was_calm = self.is_calm();
            (self.rested, self.mute) = (Duration::ZERO, false);
        }
        match what {
            What::Session { name, on, options } => self.create(name, on, options),
            What::Does(who, deed, answer) => self.does(who, deed, Some(*answer)),
            What::Begins(who, deed) => self.does(who, deed, None),
            What::Answered(who, verb, answer) => {
                self.before_a_deed()?;
                self.rested = Duration::ZERO;
                self.session(who)?.answered(*verb, *answer)
            }
            What::Happens(name, event) => self.happens(name, *event),
            What::Daemon(fate) => {
                self.lost |= *fate == Fate::Killed;
                self.heard = *fate != Fate::Killed && (self.heard || *fate == Fate::Back);
                self.sessions.values_mut().for_each(Session::meets_trouble);
                Ok(())
            }
            What::After(time, _) => {
                // what came up, went down or moved meanwhile stands below it
                self.before_a_deed()?;
                self.rested = *time;
                Ok(())
            }
            What::Says(who, words) => {
                self.before_a_deed()?;
                self.rested = Duration::ZERO;
                self.says(who, words)
            }
            What::Is(name, looks) => self.is(name, looks),
            What::Route(through) => {
                self.route = through.as_ref().and_then(|name| self.scenario.place(&name.text));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Nothing is under way any more.
    fn is_calm(&self) -> bool {
        self.rested >= if self.lost { CALM_AFTER_LOSS } else { CALM }
    }

    fn session(&mut self, who: &Name) -> Result<&mut Session, String> {
        self.sessions.get_mut(&who.text).ok_or_else(|| format!("there is no {who}"))
    }

    fn create(&mut self, name: &Name, on: &Name, options: &[SessionTrait]) -> Result<(), String> {
        let mode = options.iter().find_map(|option| if let SessionTrait::Mode(mode) = option { Some(*mode) } else { None });
        let members = match self.scenario.place(&on.text) {
            Some(place) => vec![place],
            None => (0..self.points.len()).collect(),
        };
        let roams = self.scenario.place(&on.text).is_none();
        self.sessions.insert(name.text.clone(), Session::new(members, roams, mode.unwrap_or(Mode::Forced)));
        Ok(())
    }

    fn does(&mut self, who: &Name, deed: &Deed, answer: Option<Answer>) -> Result<(), String> {
        match deed {
            Deed::Leave => {
                self.sessions.remove(&who.text);
                return Ok(());
            }
            Deed::Stop => self.sessions.values_mut().for_each(Session::meets_trouble),
            _ => {}
        }
        let (reach, easy) = {
            let session = self.session(who)?;
            let members = session.members.clone();
            let reach = members.iter().any(|place| self.points[*place].reach);
            (reach, members.iter().all(|place| self.points[*place].is_easy()))
        };
        let heard = self.heard;
        let session = self.session(who)?;
        let idle = session.is_idle();
        session.does(deed, answer);
        match (deed, answer) {
            (Deed::Open(_), Some(answer)) if idle && heard && !reach && answer == Answer::Well => {
                Err("nothing it could open is in reach (SPEC §5)".to_owned())
            }
            (Deed::Open(_), Some(answer)) if idle && heard && reach && easy && answer != Answer::Well => {
                Err("something is in reach, nothing fails, and no radio is shared (SPEC §5)".to_owned())
            }
            (Deed::Close, Some(answer)) if answer != Answer::Well => Err("a close is always answered well (SPEC §5)".to_owned()),
            _ => Ok(()),
        }
    }

    fn happens(&mut self, name: &Name, event: Event) -> Result<(), String> {
        let place = self.scenario.place(&name.text).ok_or("no such access point")?;
        let nothing_runs = self.was_calm && self.sessions.values().all(Session::is_idle);
        self.mute = nothing_runs && matches!(event, Event::Duplicate | Event::Late | Event::Raise(_));
        let radio_is_free = self.radio_is_free(place);
        self.points[place].happens(event, radio_is_free);
        // where links share a radio the old one goes first, and may not come back (SPEC §7.3)
        let restores = self.points[place].radio.is_some();
        if !matches!(event, Event::Duplicate | Event::Late | Event::Raise(_)) || restores {
            let on = |session: &&mut Session| session.members.contains(&place);
            self.sessions.values_mut().filter(on).for_each(Session::meets_trouble);
        }
        Ok(())
    }

    fn radio_is_free(&self, place: usize) -> bool {
        let Some(radio) = self.points[place].radio else { return true };
        let taken = |(other, point): (usize, &Point)| other != place && point.radio == Some(radio) && point.up;
        !self.points.iter().enumerate().any(taken)
    }

    fn says(&mut self, who: &Name, words: &[Word]) -> Result<(), String> {
        // no deadline runs that could be the reason, but that of a lost daemon
        if self.mute && self.heard {
            return Err("what came late or twice, or is yet to come, changes nothing (SPEC §2)".to_owned());
        }
        let (points, heard, scenario) = (&self.points, self.heard, self.scenario);
        let session = self.sessions.get_mut(&who.text).ok_or_else(|| format!("{who} is not there (any more)"))?;
        let place = |name: &Name| scenario.place(&name.text).ok_or_else(|| format!("{name} is no access point"));
        for (number, word) in words.iter().enumerate() {
            session.says(word, words.get(number + 1..).unwrap_or_default(), place, points, heard)?;
        }
        Ok(())
    }

    fn is(&mut self, name: &Name, looks: &[Look]) -> Result<(), String> {
        if let (Some(place), [Look::Up(up)]) = (self.scenario.place(&name.text), looks) {
            self.points[place].is(*up);
            return Ok(());
        }
        self.before_a_deed()?;
        self.ends(name, looks)
    }

    /// Two access points on one radio are never up together (SPEC §7.3, S15).
    fn radios(&self) -> Result<(), String> {
        let shared = (0..self.points.len()).find(|place| self.points[*place].up && !self.radio_is_free(*place));
        shared.map_or(Ok(()), |place| Err(format!("{} is up beside another one on its radio", self.scenario.access_points[place].name)))
    }
}
