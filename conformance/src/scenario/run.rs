//! How is a scenario played? Step by step; at each deed and at the end nobody has said anything that is not written down.

use super::actor::{Actor, Impossible, impossible, wants};
use super::check::is_apart;
use super::looks::Looks;
use super::words::{Answer, Deed, SessionTrait, Step, What, Why, Word};
use super::{Scenario, World};
use crate::judge::{self, Recorder};
use crate::laws::{PATIENCE, Said, id};
use crate::rig::Trouble;
use netsession_backends::client::Client;
use netsession_fsm::hub::SessionOptions;
use netsession_fsm::words::{AccessPointId, Cause, OfferId, OfferKind};
use netsession_model::played::Outcome;
use std::collections::BTreeMap;
use std::time::Duration;

/// Plays a scenario; gives how many steps of the hub that were.
///
/// Afterwards everything is closed, the system is as it was found, and the machine would have done the same ([`judge`]).
///
/// # Errors
/// The first line that was not so, with its place in the file.
pub async fn play<W: World>(scenario: &Scenario, world: W) -> Result<usize, Trouble> {
    recorded(scenario, world).await.map(|steps| steps.len())
}

/// The same; gives every step of the hub.
pub(super) async fn recorded<W: World>(scenario: &Scenario, mut world: W) -> Result<Vec<judge::Step>, Trouble> {
    let recorder = Recorder::default();
    let client = world.start(scenario, &recorder).await?;
    let policies = scenario.steps.iter().any(speaks_of_policies);
    let mut player = Player::new(scenario, world, client, recorder, policies);
    for (line, what) in unrolled(&scenario.steps, 0) {
        player.step(&what).await.map_err(|error| format!("{}:{line}: {error}", scenario.file))?;
    }
    let steps = player.end().await.map_err(|error| format!("{}, at the end: {error}", scenario.file))?;
    let inputs = steps.iter().map(|(input, _)| input.clone()).collect();
    scenario.came_of_it(W::name(), Outcome::Played { settings: scenario.settings, inputs })?;
    Ok(steps)
}

/// Every step in its order, with what is repeated written out.
pub(super) fn unrolled(steps: &[Step], round: u32) -> Vec<(usize, What)> {
    let unroll = |step: &Step| match &step.what {
        What::Repeat(times, inner) => (0..*times).flat_map(|round| unrolled(inner, round)).collect(),
        What::After(time, more) => vec![(step.line, What::After(*time + *more * round, Duration::ZERO))],
        other => vec![(step.line, other.clone())],
    };
    steps.iter().flat_map(unroll).collect()
}

fn speaks_of_policies(step: &Step) -> bool {
    match &step.what {
        What::Says(_, words) => words.iter().any(|word| matches!(word, Word::Policies(_))),
        What::Repeat(_, steps) => steps.iter().any(speaks_of_policies),
        _ => false,
    }
}

/// A scenario that is being played.
pub(super) struct Player<'a, W> {
    pub(super) scenario: &'a Scenario,
    pub(super) world: W,
    pub(super) client: Client,
    pub(super) recorder: Recorder,
    policies: bool,
    pub(super) actors: BTreeMap<String, Actor>,
    /// Access points of which one is up, each from a step of the hub on.
    always: Vec<(usize, Vec<AccessPointId>)>,
}

impl<'a, W: World> Player<'a, W> {
    pub(super) fn new(scenario: &'a Scenario, world: W, client: Client, recorder: Recorder, policies: bool) -> Self {
        Self { scenario, world, client, recorder, policies, actors: BTreeMap::new(), always: Vec::new() }
    }

    async fn step(&mut self, what: &What) -> Result<(), Trouble> {
        match what {
            What::Is(..) | What::Commands(..) | What::Scans(_) | What::Route(_) | What::DefaultIs(_) | What::Lists(..) => {
                Looks::of(self).step(what).await
            }
            What::Says(who, words) => self.says(&who.text, words).await,
            What::Peer { .. } | What::Verdict(_) => Ok(()),
            What::Answered(who, verb, expected) => {
                let answer = self.actor(&who.text)?.answered(*verb).await?;
                self.is_answered(answer, *expected)
            }
            What::Silent(time) => {
                self.is_silent().await?;
                self.world.pass(*time).await;
                self.is_silent().await
            }
            What::Always(names) => {
                self.is_silent().await?;
                let places: Vec<_> = names.iter().filter_map(|name| self.scenario.place(&name.text)).map(id).collect();
                self.always.push((self.recorder.steps().len(), places));
                Ok(())
            }
            deed => {
                self.is_silent().await?;
                match (self.deed(deed).await?, deed) {
                    (Some(answer), What::Does(_, _, expected)) => self.is_answered(answer, *expected),
                    _ => Ok(()),
                }
            }
        }
    }

    /// Does something, or lets it happen; gives the answer to what is answered before the next step.
    pub(super) async fn deed(&mut self, what: &What) -> Result<Option<Answer>, Trouble> {
        match what {
            What::Session { name, on, options } => self.create(&name.text, &on.text, options).await?,
            What::Does(who, Deed::Leave, _) => {
                let actor = self.actors.remove(&who.text).ok_or_else(|| Impossible("it has left".into()))?;
                actor.leave().await?;
            }
            What::Does(who, deed, _) => return self.actor(&who.text)?.does(deed).await.map(Some),
            What::Begins(who, deed) => self.actor(&who.text)?.begin(deed)?,
            What::Happens(name, event) => {
                let place = self.place(&name.text)?;
                self.world.happens(place, *event).await?;
            }
            What::Daemon(fate) => self.world.daemon(*fate).await?,
            What::Remove(name) => self.client.remove(&name.text).map_err(impossible)?,
            What::SaveTraffic(save) => self.client.save_traffic(*save)?,
            What::Refresh => self.client.refresh().await?,
            What::After(time, _) => self.world.pass(*time).await,
            What::Is(..)
            | What::Commands(..)
            | What::Scans(_)
            | What::Route(_)
            | What::DefaultIs(_)
            | What::Lists(..)
            | What::Says(..)
            | What::Silent(_)
            | What::Always(_)
            | What::Answered(..)
            | What::Peer { .. }
            | What::Verdict(_)
            | What::Repeat(..) => {}
        }
        Ok(None)
    }

    pub(super) fn actor(&mut self, name: &str) -> Result<&mut Actor, Trouble> {
        self.actors.get_mut(name).ok_or_else(|| Impossible(format!("{name} has left")).into())
    }

    pub(super) fn place(&self, name: &str) -> Result<usize, Trouble> {
        self.scenario.place(name).ok_or_else(|| format!("{name} is no access point").into())
    }

    /// Nobody has said anything that was not expected.
    async fn is_silent(&mut self) -> Result<(), Trouble> {
        self.world.settle(&self.client).await?;
        self.actors.iter_mut().try_for_each(|(name, actor)| actor.watched.is_silent().map_err(|error| format!("{name}: {error}").into()))
    }

    async fn create(&mut self, name: &str, on: &str, all: &[SessionTrait]) -> Result<(), Trouble> {
        let mut options = SessionOptions::default();
        for option in all {
            match option {
                SessionTrait::Mode(mode) => options.mode = *mode,
                SessionTrait::MayNotStop => options.may_stop = false,
                SessionTrait::Reopens => options.reopen = true,
                SessionTrait::Wants(wish) => wants(&mut options.requirements, *wish),
                SessionTrait::Apart => {}
            }
        }
        let client = if is_apart(all) { self.world.another().await? } else { self.client.clone() };
        let actor = Actor::new(&client, on, options, self.policies).await?;
        match self.actors.insert(name.to_owned(), actor) {
            None => Ok(()),
            Some(before) => before.leave().await,
        }
    }

    async fn says(&mut self, who: &str, words: &[Word]) -> Result<(), Trouble> {
        for word in words {
            let said = self.said(word)?;
            let actor = self.actor(who)?;
            actor.watched.says(&[said]).await.map_err(|error| format!("{who}: {error}"))?;
            if let Word::Offer { number, .. } = word {
                actor.take_offer();
                let is = actor.watched.offer();
                if number.is_some_and(|number| OfferId(number) != is) {
                    return Err(format!("{who}: this is {is}").into());
                }
            }
        }
        Ok(())
    }

    fn said(&self, word: &Word) -> Result<Said, Trouble> {
        Ok(match word {
            Word::State(state) => Said::State(*state),
            Word::Opened => Said::Opened,
            Word::Closed => Said::Closed,
            Word::Withdrawn => Said::Withdrawn,
            Word::Offer { kind, of, breaking, .. } => {
                Said::Offer(id(self.place(&of.text)?), *kind, *kind == OfferKind::Upgrade && !breaking)
            }
            Word::Activated(of) => Said::Activated(id(self.place(&of.text)?)),
            Word::Error(kind, why) => Said::Error(*kind, Self::cause(*why)),
            Word::Policies(policies) => Said::Policies(*policies),
        })
    }

    fn cause(why: Why) -> Cause {
        match why {
            Why::Is(cause) => cause,
            Why::Lost => W::LOST,
            Why::Failed => W::FAILED,
        }
    }

    fn is_answered(&self, answer: Answer, expected: Answer) -> Result<(), Trouble> {
        let expected = match expected {
            Answer::Fails(kind, why) => Answer::Fails(kind, Why::Is(Self::cause(why))),
            other => other,
        };
        if answer == expected { Ok(()) } else { Err(format!("the answer is {answer:?}, not {expected:?}").into()) }
    }

    /// Ends the run.
    pub(super) async fn end(mut self) -> Result<Vec<judge::Step>, Trouble> {
        self.is_silent().await?;
        for (name, actor) in std::mem::take(&mut self.actors) {
            actor.leave().await.map_err(|error| format!("{name}: {error}"))?;
        }
        self.client.shutdown().await;
        self.world.end().await?;
        let recorder = &self.recorder;
        let ended = async {
            while !recorder.has_ended() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.map_err(|_| "the drive loop did not end")?;
        let steps = recorder.steps();
        for (from, places) in &self.always {
            super::looks::never_without(&steps, *from, places)?;
        }
        judge::judge(self.scenario.settings, &steps)?;
        Ok(steps)
    }
}
