//! What does one session of a scenario have in hand? Offers it may answer, a trial, and requests under way.

use super::words::{Answer, Deed, Name, Unasked, Verb, Why, Wish, Wished};
use crate::laws::{Said, Watched};
use crate::rig::Trouble;
use futures::FutureExt;
use netsession_backends::client::{Client, Offer, RequestError, RoamError, Trial};
use netsession_fsm::hub::{Call, SessionOptions};
use netsession_fsm::words::{OfferId, Preference, Requirements};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use tokio::task::{JoinError, JoinHandle};

/// How a request was answered, and the trial it led to.
type Given = Result<(Answer, Option<Trial>), String>;

/// What cannot be done where it stands; nothing happened.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Impossible(pub(super) String);

/// What the client refused to try.
pub(super) fn impossible(error: RequestError) -> Impossible {
    Impossible(error.to_string())
}

/// What one learns of a session.
pub(super) enum Heard {
    /// It said something.
    Said(Said),
    /// What was begun is answered.
    Answered(Verb, Answer),
}

/// One session, and what it was given.
pub(super) struct Actor {
    pub(super) watched: Watched,
    pub(super) options: SessionOptions,
    /// Taken when they were said, the newest last.
    offers: Vec<Offer>,
    trial: Option<Trial>,
    begun: BTreeMap<Verb, JoinHandle<Given>>,
}

impl Actor {
    pub(super) async fn new(client: &Client, on: &str, options: SessionOptions, policies: bool) -> Result<Self, Trouble> {
        let watched = Watched::new(client.session(on, options).await.map_err(impossible)?);
        let watched = if policies { watched.with_policies() } else { watched };
        Ok(Self { watched, options, offers: Vec::new(), trial: None, begun: BTreeMap::new() })
    }

    /// An offer was said: takes it, if it still stands.
    pub(super) fn take_offer(&mut self) {
        self.offers.extend(self.watched.session.next_offer().now_or_never().flatten());
    }

    /// Begins something.
    pub(super) fn begin(&mut self, deed: &Deed) -> Result<(), Trouble> {
        let Some(verb) = verb(deed) else { return Err("this has no answer to wait for".into()) };
        if self.waits_for(verb) {
            return Err(Impossible("this was begun before, and the answer to that not yet looked at".into()).into());
        }
        let request = self.request(deed)?;
        self.begun.insert(verb, request);
        Ok(())
    }

    /// Whether this was begun, and its answer not yet looked at.
    pub(super) fn waits_for(&self, verb: Verb) -> bool {
        self.begun.contains_key(&verb)
    }

    /// The answer to what was begun.
    pub(super) async fn answered(&mut self, verb: Verb) -> Result<Answer, Trouble> {
        let request = self.begun.remove(&verb).ok_or("this was not begun")?;
        self.given(request).await
    }

    /// The next thing it says, or the next answer to what was begun.
    pub(super) async fn hears(&mut self) -> Result<Heard, Trouble> {
        let Self { watched, begun, .. } = self;
        let answered = poll_fn(|context| {
            let ended = begun.iter_mut().find_map(|(verb, request)| match Pin::new(request).poll(context) {
                Poll::Ready(given) => Some((*verb, given)),
                Poll::Pending => None,
            });
            ended.map_or(Poll::Pending, Poll::Ready)
        });
        tokio::select! {
            biased;
            said = watched.next() => Ok(Heard::Said(said?)),
            (verb, given) = answered => {
                self.begun.remove(&verb);
                Ok(Heard::Answered(verb, self.keep(given??)))
            }
        }
    }

    /// Does something, to its answer.
    pub(super) async fn does(&mut self, deed: &Deed) -> Result<Answer, Trouble> {
        let request = self.request(deed)?;
        self.given(request).await
    }

    /// Ends it, whatever it waits for.
    pub(super) async fn leave(self) -> Result<(), Trouble> {
        let Self { watched, offers, trial, begun, .. } = self;
        for (verb, request) in begun {
            if request.is_finished() {
                return Err(format!("the answer to `{verb}` was never looked at").into());
            }
            request.abort();
            // it has the session in hand, until it has ended
            let _: Result<Given, JoinError> = request.await;
        }
        // before its offers and its trial, which would be answered
        drop(watched.into_session()?);
        drop((offers, trial));
        Ok(())
    }

    async fn given(&mut self, request: JoinHandle<Given>) -> Result<Answer, Trouble> {
        let given = tokio::time::timeout(crate::laws::PATIENCE, request).await;
        let given = given.map_err(|_| format!("there was no answer\n{}", self.watched.story()))??;
        Ok(self.keep(given?))
    }

    /// The trial, if that is what an answer is.
    fn keep(&mut self, (answer, trial): (Answer, Option<Trial>)) -> Answer {
        self.trial = trial.or_else(|| self.trial.take());
        answer
    }

    fn offer(&mut self, of: Option<&Name>) -> Result<Offer, Trouble> {
        let fits = |offer: &Offer| of.is_none_or(|name| *offer.configuration == *name.text);
        let place = self.offers.iter().rposition(fits).ok_or_else(|| Impossible("no such offer was made, or it was answered".into()))?;
        Ok(self.offers.remove(place))
    }

    fn request(&mut self, deed: &Deed) -> Result<JoinHandle<Given>, Trouble> {
        let session = Arc::clone(&self.watched.session);
        Ok(match deed {
            Deed::Open(None) => tokio::spawn(async move { asked(session.open().await) }),
            Deed::Open(Some(choice)) => {
                let choice = choice.text.clone();
                tokio::spawn(async move { asked(session.open_with(choice.as_str()).await) })
            }
            Deed::Close => tokio::spawn(async move { asked(session.close().await) }),
            Deed::Stop => tokio::spawn(async move { asked(session.stop().await) }),
            Deed::Roam => tokio::spawn(async move { asked(session.request_roam().await) }),
            Deed::Unasked(answer) => {
                // no offer has this number
                let offer = OfferId(u32::MAX);
                let call = match answer {
                    Unasked::Migrates => Call::Migrate(offer),
                    Unasked::Ignores => Call::Ignore(offer),
                    Unasked::Accepts => Call::Accept(offer),
                    Unasked::Rejects => Call::Reject(offer),
                };
                tokio::spawn(async move { asked(session.call(call).await) })
            }
            Deed::Mode(mode) => {
                let mode = *mode;
                tokio::spawn(async move { asked(session.set_mode(mode).await) })
            }
            Deed::Wants(wish) => {
                wants(&mut self.options.requirements, *wish);
                let requirements = self.options.requirements;
                tokio::spawn(async move { asked(session.set_requirements(requirements).await) })
            }
            Deed::Suppress(window) => {
                let window = *window;
                tokio::spawn(async move { asked(session.suppress(window).await) })
            }
            Deed::Migrate(of) => {
                let offer = self.offer(of.as_ref())?;
                tokio::spawn(async move { roamed(offer.migrate().await) })
            }
            Deed::Ignore(of) => {
                self.offer(of.as_ref())?.ignore();
                tokio::spawn(async { Ok((Answer::Well, None)) })
            }
            Deed::Accept => {
                let trial = self.trial.take().ok_or_else(|| Impossible("there is no trial".into()))?;
                tokio::spawn(async move { roamed(trial.accept().await).map(|(answer, _)| (answer, None)) })
            }
            Deed::Reject => {
                let trial = self.trial.take().ok_or_else(|| Impossible("there is no trial".into()))?;
                tokio::spawn(async move { roamed(trial.reject().await).map(|(answer, _)| (answer, None)) })
            }
            Deed::Leave => return Err("a session leaves at once".into()),
        })
    }
}

fn verb(deed: &Deed) -> Option<Verb> {
    match deed {
        Deed::Open(_) => Some(Verb::Open),
        Deed::Close => Some(Verb::Close),
        Deed::Stop => Some(Verb::Stop),
        Deed::Migrate(_) => Some(Verb::Migrate),
        Deed::Accept => Some(Verb::Accept),
        Deed::Reject => Some(Verb::Reject),
        Deed::Ignore(_) | Deed::Unasked(_) | Deed::Roam | Deed::Mode(_) | Deed::Wants(_) | Deed::Suppress(_) | Deed::Leave => None,
    }
}

/// Adds a wish to what is asked for.
pub(super) fn wants(requirements: &mut Requirements, wish: Wish) {
    let level: Preference = wish.level;
    *requirements = match wish.of {
        Wished::Metered => requirements.metered(level),
        Wished::Bearer(bearer) => requirements.bearer(bearer, level),
        Wished::Purpose(purpose) => requirements.purpose(purpose, level),
    };
}

fn asked(result: Result<(), RequestError>) -> Given {
    let answer = match result {
        Ok(()) => Answer::Well,
        Err(RequestError::Failed(failure)) => Answer::Fails(failure.error.kind, Why::Is(failure.error.cause)),
        Err(RequestError::Refused(_)) => Answer::Refused,
        Err(RequestError::UnknownConfiguration(_)) => Answer::Unknown,
        Err(error @ (RequestError::Broker(_) | RequestError::Ended)) => return Err(error.to_string()),
    };
    Ok((answer, None))
}

fn roamed<T>(result: Result<T, RoamError>) -> Result<(Answer, Option<T>), String> {
    let answer = match result {
        Ok(done) => return Ok((Answer::Well, Some(done))),
        Err(RoamError::Failed(failure)) => Answer::Fails(failure.error.kind, Why::Is(failure.error.cause)),
        Err(RoamError::Withdrawn) => Answer::Withdrawn,
        Err(RoamError::Closed) => Answer::Closed,
        Err(RoamError::Refused(_)) => Answer::Refused,
        Err(error @ (RoamError::Broker(_) | RoamError::Ended)) => return Err(error.to_string()),
    };
    Ok((answer, None))
}
