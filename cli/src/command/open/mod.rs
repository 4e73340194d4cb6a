//! `netsession open`: a session that lives as long as a command, and leaves nothing behind however it ends.

mod answer;
mod ask;
mod child;
mod environment;
mod probe;
mod say;

use crate::arguments::{Open, Roam, Source};
use crate::error::{Failed, Kind};
use crate::setup::{Origin, Plan, Told};
use crate::signals::{Signals, exit_code};
use answer::Answers;
use ask::Asker;
use child::Child;
use netsession::choose::{Choice, Right, rights};
use netsession::config::{Config, Running};
use netsession::{
    Cause, Change, Changes, Client, ConfigurationId, ConfigurationState, Mode, Notice, RequestError, Session, SessionOptions, SessionState,
};
use probe::Test;
use say::{Event, Say};
use std::process::ExitCode;
use tokio::time::Instant;

pub(crate) async fn run(source: Source, told: Told, mut options: Open) -> Result<ExitCode, Failed> {
    let mut signals = Signals::listen()?;
    let given = options.probe.as_deref().map(Test::given).transpose()?;
    let begun = async {
        let mut plan = Plan::make(&source, told.all_as_json()).await?;
        options.configuration = options.configuration.as_deref().map(|given| plan.network(given)).transpose()?;
        let tests = Tests::new(&options, given, &plan.config)?;
        let found = matches!(plan.origin, Some(Origin::System(_)));
        Ok::<_, Failed>((plan.start(told.all_as_json()).await?, tests, found))
    };
    let (running, tests, found) = tokio::select! {
        begun = begun => begun?,
        signal = signals.next() => return Ok(exit_code(signal.as_raw()).into()),
    };
    let named = if found && options.configuration.is_none() { name_one(&running.client) } else { Ok(()) };
    let outcome = match named {
        Ok(()) => hold(&running, &options, &tests, &mut signals).await,
        Err(failed) => Err(failed),
    };
    running.client.shutdown().await;
    outcome.map(ExitCode::from)
}

/// What an executor refuses because of who asks, with what to do about it.
async fn refused(error: &RequestError, choices: &[Choice]) -> Option<Failed> {
    let RequestError::Failed(failure) = error else { return None };
    if !matches!(failure.error.cause, Cause::NotAuthorised | Cause::CannotStartStop) {
        return None;
    }
    let concerned = choices.iter().filter(|choice| choice.access_point == *failure.configuration);
    let all = choices.iter().filter(|_| matches!(failure.error.configuration, ConfigurationId::ServiceNetwork(_)));
    for choice in concerned.chain(all) {
        if let Right::Refused(why) = rights(choice.executor).await {
            let netsession::Failure { error, configuration } = failure;
            let message = format!("cannot {} on {configuration:?}: {} {why}", error.operation, choice.executor);
            return Some(Failed::refused_by(choice.executor, message));
        }
    }
    None
}

/// Without a configuration file nobody said what is to be raised: only what is up is taken without being named.
fn name_one(client: &Client) -> Result<(), Failed> {
    match client.default_configuration() {
        Some(default) if default.state == ConfigurationState::Active => Ok(()),
        _ => Err(Failed::usage("nothing is up, and no configuration file says what to raise")
            .help("name a configuration, or several with commas between them, best first: `netsession list` shows them")),
    }
}

/// The probe of every configuration that has one.
struct Tests {
    given: Option<Test>,
    of: Vec<(String, Test)>,
}

impl Tests {
    fn new(options: &Open, given: Option<Test>, config: &Config) -> Result<Self, Failed> {
        let mut of = Vec::new();
        if given.is_none() && options.roam == Roam::Auto {
            for entry in &config.service_networks {
                if let Some(probe) = &entry.probe {
                    let test = Test::new(probe.clone()).map_err(|what| {
                        Failed::new(Kind::Configuration, format!("the probe of service network {:?}: {what}", entry.name))
                            .help(probe::USABLE)
                    })?;
                    of.push((entry.name.clone(), test));
                }
            }
        }
        Ok(Self { given, of })
    }

    /// The one for a session, by the service network it is on.
    fn of(&self, name: &str) -> Option<&Test> {
        self.given.as_ref().or_else(|| self.of.iter().find(|(of, _)| of == name).map(|(_, test)| test))
    }

    fn mode(&self, roam: Roam, names: &[String]) -> Mode {
        match roam {
            Roam::Off => Mode::Off,
            Roam::Ask => Mode::Application,
            Roam::Auto if names.iter().any(|name| self.of(name).is_some()) => Mode::Application,
            Roam::Auto => Mode::Forced,
        }
    }
}

/// Opens the session, runs the command, and says with which exit code that ended. What was raised is still up.
async fn hold(running: &Running, options: &Open, tests: &Tests, signals: &mut Signals) -> Result<u8, Failed> {
    let client = &running.client;
    let names = || client.configurations().into_iter().map(|configuration| configuration.name.to_string());
    let configuration = match &options.configuration {
        Some(name) => client.configuration(name).map_err(|error| Failed::request(&error, names()))?,
        None => client.default_configuration().ok_or_else(|| {
            Failed::unavailable("nothing is usable now, so there is no default configuration")
                .help("`netsession list` shows how all of them stand")
        })?,
    };
    let name = configuration.name.to_string();
    let mut involved: Vec<_> = configuration.members.iter().filter_map(|id| Some(client.name(*id)?.to_string())).collect();
    involved.push(name.clone());
    let mode = tests.mode(options.roam, &involved);
    let session = client.session(&configuration, SessionOptions { mode, ..SessionOptions::default() }).await;
    let session = session.map_err(|error| Failed::request(&error, names()))?;
    let say = Say { json: options.json };
    let mut changes = session.changes();
    say.event(&Event::Connecting { configuration: &name });
    tokio::select! {
        opened = session.open() => if let Err(error) = opened {
            return Err(refused(&error, &running.choices).await.unwrap_or_else(|| Failed::request(&error, names())));
        },
        signal = signals.next() => {
            say.event(&Event::Interrupted { signal: signal.as_raw() });
            return Ok(exit_code(signal.as_raw()));
        }
    }
    let chosen = session.chosen_configuration().map_or_else(|| name.clone(), |chosen| chosen.name.to_string());
    let asks = options.roam == Roam::Ask && tests.given.is_none();
    let mut asker = Asker::new(asks);
    let mut watcher = Watcher { client, say: &say, session: &session, on: None, opened: false, lost: false };
    watcher.look(&mut changes);
    let active = session.active_configuration();
    let access_point = active.map(|active| active.name.to_string()).unwrap_or_default();
    let variables = environment::variables(&name, &access_point, &session.carrier().unwrap_or_default());
    let mut child = Child::start(&options.command, &variables, asker.reads(), options.grace)?;
    let answers = Answers {
        session: &session,
        configuration: &name,
        network: running.network.as_ref(),
        asks,
        test: tests.of(&chosen),
        timeout: options.probe_timeout,
        say: &say,
    };
    let mut answering = std::pin::pin!(answers.run(&mut asker));
    let (mut answered, mut over, mut interrupted) = (false, false, None);
    let ended = loop {
        let deadline = child.deadline();
        tokio::select! {
            ended = child.ended() => break ended?,
            signal = signals.next() => {
                interrupted.get_or_insert(signal.as_raw());
                say.event(&Event::Interrupted { signal: signal.as_raw() });
                child.interrupt(signal);
            }
            () = tokio::time::sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => child.insist(),
            change = changes.next(), if !over => {
                over = change.is_none();
                let was_lost = watcher.lost;
                change.into_iter().for_each(|change| watcher.take(change));
                if watcher.lost && !was_lost && options.kill {
                    child.terminate();
                }
            }
            () = &mut answering, if !answered => answered = true,
        }
    };
    watcher.look(&mut changes);
    Ok(match interrupted {
        Some(signal) => exit_code(signal),
        None if watcher.lost && options.kill => Kind::Failed as u8,
        None => ended,
    })
}

/// Tells what becomes of the session.
struct Watcher<'a> {
    client: &'a Client,
    say: &'a Say,
    session: &'a Session,
    /// The access point told last.
    on: Option<String>,
    opened: bool,
    lost: bool,
}

impl Watcher<'_> {
    /// Everything that already happened.
    fn look(&mut self, changes: &mut Changes) {
        while let Some(change) = changes.try_next() {
            self.take(change);
        }
    }

    fn take(&mut self, change: Change) {
        let Change::Notice { notice, .. } = change else { return };
        match notice {
            Notice::Opened => (self.opened, self.lost) = (true, false),
            Notice::Closed if self.opened => {
                (self.opened, self.lost, self.on) = (false, true, None);
                self.say.event(&Event::Lost);
            }
            Notice::Error(error) => {
                let name = self.client.name(error.configuration).unwrap_or_default();
                self.say.event(&Event::Error { configuration: &name, operation: error.operation, cause: error.cause });
            }
            Notice::OfferWithdrawn(_) => self.say.event(&Event::Withdrawn),
            Notice::StateChanged(SessionState::Roaming) => self.say.event(&Event::Roaming),
            _ => {}
        }
        self.tell_where();
    }

    /// The access point in use, once for each.
    fn tell_where(&mut self) {
        let snapshot = self.session.snapshot();
        if !(snapshot.open && snapshot.state == SessionState::Connected) {
            return;
        }
        let Some(active) = self.session.active_configuration() else { return };
        if self.on.as_deref() != Some(&*active.name) {
            let carrier = active.carrier.unwrap_or_default();
            self.say.event(&Event::Connected { access_point: &active.name, carrier: &carrier });
            self.on = Some(active.name.to_string());
        }
    }
}
