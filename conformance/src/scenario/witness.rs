//! What does everybody say? A scenario of deeds alone, played on the simulator, with what was said and seen written between them.

use super::actor::{Heard, Impossible};
use super::run::{Player, unrolled};
use super::words::{Answer, Deed, Look, Name, Standing, Step, What, Why, Word};
use super::{Scenario, Simulated, World, simulated};
use crate::judge::Recorder;
use crate::laws::Said;
use crate::rig::Trouble;
use futures::FutureExt;
use netsession_fsm::words::{AccessPointId, Cause, OfferKind};
use std::time::Duration;
use tokio::time::Instant;

/// Nobody says anything for this long before the next deed; as long as the simulator is waited for when a scenario is played.
const QUIET: Duration = Duration::from_millis(1);

/// What a run says later than this is waited for with an `after`, which ends a little before.
const PATIENT: Duration = Duration::from_secs(10);
const EARLY: Duration = Duration::from_millis(5);

/// What came of a scenario of deeds.
#[derive(Debug, Clone)]
pub struct Witnessed {
    /// The deeds, and what was said and seen between them: it can be played as it is.
    pub scenario: Scenario,
    /// What could not be done where it stands, with its line and why: it is not in the scenario.
    pub left_out: Vec<(usize, String)>,
}

/// Plays the deeds of a scenario on the simulator, in virtual time, and writes down what everybody says, how requests are answered, which
/// links come up and go down, where the default route goes, and how the sessions are at the end.
///
/// What the scenario itself expects is not looked at and not kept. Each deed follows the one before it at once, but for a word that was
/// just said: whatever is to end between two deeds needs an `after` there. What is said while such a time passes is written before it,
/// and the time gets shorter by that; so it can be waited for where links take longer than on the simulator.
///
/// # Errors
/// What the simulator lacks for it, or what was not as it must be whatever is expected: the order of notices, the judge of the hub's
/// steps, the system as it was found at the end.
///
/// # Panics
/// Within a tokio runtime.
pub fn witnessed(scenario: &Scenario) -> Result<Witnessed, Trouble> {
    simulated::in_virtual_time(witness(scenario, Duration::MAX))
}

/// The same of a run that took longer than anybody waits for a word: before what was said late the time is written that passed.
pub(super) fn witnessed_in_its_time(scenario: &Scenario) -> Result<Witnessed, Trouble> {
    simulated::in_virtual_time(witness(scenario, PATIENT))
}

async fn witness(scenario: &Scenario, patience: Duration) -> Result<Witnessed, Trouble> {
    let lacks = Simulated::lacks(scenario);
    if !lacks.is_empty() {
        return Err(format!("the simulator has no {}", lacks.join("; ")).into());
    }
    let recorder = Recorder::default();
    let mut world = Simulated::new(scenario);
    let client = world.start(scenario, &recorder).await?;
    let up = scenario.access_points.iter().map(|place| place.standing == Standing::FoundUp).collect();
    let player = Player::new(scenario, world, client, recorder, true);
    let mut witness = Witness { player, patience, line: 0, steps: Vec::new(), left_out: Vec::new(), rested: false, up, route: None };
    for (line, what) in unrolled(&scenario.steps, 0) {
        witness.line = line;
        witness.step(what).await.map_err(|error| format!("{}:{line}: {error}", scenario.file))?;
    }
    witness.end().await.map_err(|error| format!("{}, at the end: {error}", scenario.file).into())
}

struct Witness<'a> {
    player: Player<'a, Simulated>,
    /// What is said later than this is waited for with an `after`.
    patience: Duration,
    /// Of the deed everything is written below.
    line: usize,
    steps: Vec<Step>,
    left_out: Vec<(usize, String)>,
    /// Nothing was done since everybody was last quiet.
    rested: bool,
    /// Which links are up, as far as that was written down.
    up: Vec<bool>,
    /// Where the default route goes, as far as that was written down.
    route: Option<usize>,
}

impl Witness<'_> {
    async fn step(&mut self, what: What) -> Result<(), Trouble> {
        match what {
            deed if deed.is_deed() => {
                self.rest().await?;
                self.deed(deed).await
            }
            What::After(time, _) | What::Silent(time) => {
                self.rest().await?;
                self.pass(time).await
            }
            // unless it was heard before
            What::Answered(who, verb, _) if self.player.actors.get(&who.text).is_some_and(|actor| actor.waits_for(verb)) => {
                let answer = self.player.actor(&who.text)?.answered(verb).await?;
                self.write(What::Answered(who, verb, told(answer)));
                Ok(())
            }
            // what it is to be instead is found out
            _ => Ok(()),
        }
    }

    async fn deed(&mut self, what: What) -> Result<(), Trouble> {
        let answer = match self.player.deed(&what).await {
            Ok(answer) => answer,
            Err(error) => {
                let Impossible(why) = *error.downcast()?;
                self.left_out.push((self.line, format!("{what}: {why}")));
                return Ok(());
            }
        };
        self.rested = false;
        self.write(match (what, answer) {
            (What::Does(who, deed, _), Some(answer)) => What::Does(who, deed, told(answer)),
            (What::Does(who, Deed::Leave, _), None) => What::Does(who, Deed::Leave, Answer::Well),
            (what, _) => what,
        });
        Ok(())
    }

    /// Time passes, and what is said meanwhile is heard.
    async fn pass(&mut self, time: Duration) -> Result<(), Trouble> {
        let mut since = Instant::now();
        let until = since + time;
        while let Ok(heard) = tokio::time::timeout_at(until, heard(&mut self.player)).await {
            let waited = since.elapsed();
            if waited > self.patience {
                self.write(What::After(waited - EARLY, Duration::ZERO));
            }
            self.hear(heard?)?;
            self.listen().await?;
            since = Instant::now();
            if since >= until {
                self.rested = true;
                return Ok(());
            }
        }
        self.rested = false;
        self.write(What::After(until - since, Duration::ZERO));
        Ok(())
    }

    /// Waits until everybody has been quiet, and writes down what is otherwise on the system than before. What is looked at costs the
    /// player of a scenario a moment, and that is waited for here, too: so everything happens at the same time there.
    async fn rest(&mut self) -> Result<(), Trouble> {
        while !std::mem::replace(&mut self.rested, true) {
            self.listen().await?;
            if let Some(what) = self.changed().await? {
                self.write(what);
                self.rested = false;
            }
        }
        Ok(())
    }

    async fn listen(&mut self) -> Result<(), Trouble> {
        while let Ok(heard) = tokio::time::timeout(QUIET, heard(&mut self.player)).await {
            self.hear(heard?)?;
        }
        Ok(())
    }

    fn hear(&mut self, (who, heard): (String, Heard)) -> Result<(), Trouble> {
        let name = Name::new(&who);
        match heard {
            Heard::Answered(verb, answer) => self.write(What::Answered(name, verb, told(answer))),
            Heard::Said(said) => {
                let word = self.word(said)?;
                if matches!(word, Word::Offer { .. }) {
                    self.player.actor(&who)?.take_offer();
                }
                // what follows from one deed is one line for each session
                let below = self.steps.iter_mut().rev().map(|step| &mut step.what);
                let below = below.take_while(|what| matches!(what, What::Says(..) | What::Answered(..)));
                let says = below.filter_map(|what| if let What::Says(who, words) = what { Some((who, words)) } else { None });
                match says.into_iter().find(|(who, _)| **who == name) {
                    Some((_, words)) => words.push(word),
                    None => self.write(What::Says(name, vec![word])),
                }
            }
        }
        Ok(())
    }

    fn word(&self, said: Said) -> Result<Word, Trouble> {
        let named = |point: AccessPointId| {
            let place = usize::try_from(point.0).ok().and_then(|place| self.player.scenario.access_points.get(place));
            place.map(|place| place.name.clone()).ok_or("this is about an access point that is not the scenario's")
        };
        Ok(match said {
            Said::State(state) => Word::State(state),
            Said::Opened => Word::Opened,
            Said::Closed => Word::Closed,
            Said::Withdrawn => Word::Withdrawn,
            Said::Offer(of, kind, keeps_old) => {
                Word::Offer { kind, of: named(of)?, number: None, breaking: kind == OfferKind::Upgrade && !keeps_old }
            }
            Said::Activated(of) => Word::Activated(named(of)?),
            Said::Error(kind, cause) => Word::Error(kind, why(cause)),
            Said::Policies(policies) => Word::Policies(policies),
        })
    }

    /// One thing that is otherwise on the system than what was written down.
    async fn changed(&mut self) -> Result<Option<What>, Trouble> {
        for (place, point) in self.player.scenario.access_points.iter().enumerate() {
            let up = self.player.world.is_up(place).await?;
            if std::mem::replace(&mut self.up[place], up) != up {
                return Ok(Some(What::Is(point.name.clone(), vec![Look::Up(up)])));
            }
        }
        let route = self.player.world.route().await?;
        if std::mem::replace(&mut self.route, route) == route {
            return Ok(None);
        }
        let through = route.and_then(|place| self.player.scenario.access_points.get(place));
        Ok(Some(What::Route(through.map(|place| place.name.clone()))))
    }

    fn write(&mut self, what: What) {
        self.steps.push(Step { line: self.line, what });
    }

    /// How the sessions are, and then the end of the run.
    async fn end(mut self) -> Result<Witnessed, Trouble> {
        self.rest().await?;
        let names: Vec<_> = self.player.actors.keys().cloned().collect();
        for name in names {
            let snapshot = self.player.actor(&name)?.watched.session.snapshot();
            let on = snapshot.active.and_then(|point| self.player.client.name(point)).map(|name| Name::new(&*name));
            let looks = vec![Look::State(snapshot.state), Look::Open(snapshot.open), Look::On(on)];
            self.write(What::Is(Name::new(name), looks));
            self.rested = false;
            self.rest().await?;
        }
        let Self { player, steps, left_out, .. } = self;
        let scenario = Scenario { steps, ..player.scenario.clone() };
        player.end().await?;
        Ok(Witnessed { scenario, left_out })
    }
}

/// The next thing a session says or is answered.
async fn heard(player: &mut Player<'_, Simulated>) -> Result<(String, Heard), Trouble> {
    let next = player.actors.iter_mut().map(|(name, actor)| async { Ok((name.clone(), actor.hears().await?)) }.boxed_local());
    let next: Vec<_> = next.collect();
    if next.is_empty() { std::future::pending().await } else { futures::future::select_all(next).await.0 }
}

fn told(answer: Answer) -> Answer {
    match answer {
        Answer::Fails(kind, Why::Is(cause)) => Answer::Fails(kind, why(cause)),
        other => other,
    }
}

/// So that it is what other worlds say, too.
fn why(cause: Cause) -> Why {
    match cause {
        Simulated::LOST => Why::Lost,
        Simulated::FAILED => Why::Failed,
        other => Why::Is(other),
    }
}
