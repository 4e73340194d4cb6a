//! Who answers offers? A probe, or a person.

use super::ask::Asker;
use super::environment::variables;
use super::probe::Test;
use super::say::{Event, Say};
use netsession::sim::Network;
use netsession::{Offer, Session, Trial};
use std::time::Duration;

/// What nobody can answer, and how to have it answered.
const NOBODY: &str = "--roam ask needs a terminal on standard input; use --probe, or --roam auto";

/// Answers the offers of one session.
pub(super) struct Answers<'a> {
    pub(super) session: &'a Session,
    pub(super) configuration: &'a str,
    pub(super) network: Option<&'a Network>,
    /// A person is asked.
    pub(super) asks: bool,
    /// The probe otherwise; without one a candidate that is up is good enough.
    pub(super) test: Option<&'a Test>,
    pub(super) timeout: Duration,
    pub(super) say: &'a Say,
}

impl Answers<'_> {
    /// Until there will never be another offer.
    pub(super) async fn run(&self, asker: &mut Asker) {
        while let Some(offer) = self.session.next_offer().await {
            self.answer(offer, asker).await;
        }
    }

    async fn answer(&self, offer: Offer, asker: &mut Asker) {
        let name = offer.configuration.to_string();
        self.say.event(&Event::Offer { access_point: &name, kind: offer.kind, keeps_old: offer.keeps_old });
        if self.asks && !asker.reads() {
            offer.ignore();
            return self.say.event(&Event::Ignored { access_point: &name, why: NOBODY });
        }
        if self.asks {
            let question = format!("try {name}?");
            let agreed = tokio::select! {
                agreed = asker.agrees(self.say, &question) => agreed,
                () = offer.withdrawn() => return,
            };
            if !agreed {
                offer.ignore();
                return self.say.event(&Event::Ignored { access_point: &name, why: "as you said" });
            }
        }
        let trial = match offer.migrate().await {
            Ok(trial) => trial,
            Err(error) => return self.say.event(&Event::NotMoved { access_point: &name, why: &error.to_string() }),
        };
        self.say.event(&Event::Trial { access_point: &name, carrier: &trial.candidate().carrier });
        let verdict = tokio::select! {
            verdict = self.judge(&trial, &name, asker) => verdict,
            () = trial.withdrawn() => return self.say.event(&Event::NotMoved { access_point: &name, why: "the trial is over" }),
        };
        let ended = match &verdict {
            Ok(()) => trial.accept().await,
            Err(_) => trial.reject().await,
        };
        match (verdict, ended) {
            (Ok(()), Ok(())) => self.say.event(&Event::Accepted { access_point: &name }),
            (Err(why), Ok(())) => self.say.event(&Event::Rejected { access_point: &name, why: &why }),
            (_, Err(error)) => self.say.event(&Event::NotMoved { access_point: &name, why: &error.to_string() }),
        }
    }

    /// Whether the candidate is moved to, or why not.
    async fn judge(&self, trial: &Trial, name: &str, asker: &mut Asker) -> Result<(), String> {
        if self.asks {
            let question = format!("{name} is up: stay on it?");
            return if asker.agrees(self.say, &question).await { Ok(()) } else { Err("as you said".to_owned()) };
        }
        let Some(test) = self.test else { return Ok(()) };
        let candidate = trial.candidate();
        let known = variables(self.configuration, name, &candidate.carrier);
        let tested = tokio::time::timeout(self.timeout, test.run(&candidate, &known, self.network)).await;
        tested.unwrap_or_else(|_| Err(format!("no answer within {}", humantime::format_duration(self.timeout))))
    }
}
