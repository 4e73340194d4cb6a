//! What does polkit say? Asked over D-Bus; who decides where it says nothing is told once.
//!
//! `CheckAuthorization` of `org.freedesktop.PolicyKit1.Authority`, for the connection that asks (`system-bus-name`): polkit finds out
//! by itself whose it is, and whether that user sits at the machine. <https://polkit.pages.freedesktop.org/polkit/eggdbus-interface-org.freedesktop.PolicyKit1.Authority.html>

use super::cache::{Answer, Cache};
use super::{Act, Authority, Subject, Verdict};
use futures::StreamExt;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use zbus::message::Type;
use zbus::{Connection, Message, MessageStream, Variant};

/// polkit's name on the bus.
const NAME: &str = "org.freedesktop.PolicyKit1";
const PATH: &str = "/org/freedesktop/PolicyKit1/Authority";
const INTERFACE: &str = "org.freedesktop.PolicyKit1.Authority";
/// `AllowUserInteraction` of `CheckAuthorizationFlags`.
const INTERACTIVE: u32 = 1;
const BUS: &str = "org.freedesktop.DBus";
const BUS_PATH: &str = "/org/freedesktop/DBus";

/// What drops answers: polkit's own word, another polkit, a client that left.
const RULES: [&str; 3] = [
    "type='signal',sender='org.freedesktop.PolicyKit1',interface='org.freedesktop.PolicyKit1.Authority',member='Changed'",
    "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.freedesktop.PolicyKit1'",
    "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg2=''",
];

/// For how long answers are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For polkit's.
    pub polkit: Duration,
    /// For that of somebody who is asked for a password.
    pub person: Duration,
}

impl Default for Patience {
    /// Five seconds, which also starts polkit on a busy machine; two minutes for people.
    fn default() -> Self {
        Self { polkit: Duration::from_secs(5), person: Duration::from_secs(120) }
    }
}

/// Why polkit cannot be asked: the end of a sentence about polkit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoPolkit(pub String);

impl NoPolkit {
    fn said(error: &zbus::Error) -> Self {
        match error {
            zbus::Error::FDO(error) if matches!(**error, zbus::fdo::Error::ServiceUnknown(_)) => Self("does not run".to_owned()),
            zbus::Error::MethodError(_, Some(said), _) => Self(format!("refuses to answer: {said}")),
            error => Self(format!("cannot be asked: {error}")),
        }
    }
}

/// polkit, and who decides while it gives no answer.
#[derive(Debug)]
pub struct Polkit {
    asking: Asking,
    fallback: Arc<dyn Authority>,
    cache: Arc<Cache>,
    /// That it gives no answer was told, and it has not given one since.
    told: AtomicBool,
    listener: AbortHandle,
}

#[derive(Debug, Clone)]
struct Asking {
    connection: Connection,
    patience: Patience,
    asked: Arc<AtomicU64>,
}

impl Polkit {
    /// Asks polkit whether it is there and knows the broker's actions; starts it, where the bus can. `connection`: one to the bus of
    /// the clients that nobody else uses. `fallback` decides whenever polkit gives no answer. Call it in a tokio runtime.
    ///
    /// # Errors
    /// Why polkit cannot be asked.
    pub async fn connect(connection: Connection, patience: Patience, fallback: Arc<dyn Authority>) -> Result<Self, NoPolkit> {
        // hears before anything is asked
        let stream = MessageStream::from(&connection);
        let listen = async {
            for rule in RULES {
                connection.call_method(Some(BUS), BUS_PATH, Some(BUS), "AddMatch", &(rule,)).await?;
            }
            Ok(())
        };
        within(patience.polkit, listen).await?;
        let ourselves = connection.unique_name().map(ToString::to_string).unwrap_or_default();
        let asking = Asking { connection, patience, asked: Arc::default() };
        for act in Act::ALL {
            asking.ask(&ourselves, act, false).await?;
        }
        let cache = Arc::new(Cache::default());
        let listener = tokio::spawn(listen_to(stream, Arc::clone(&cache))).abort_handle();
        Ok(Self { asking, fallback, cache, told: AtomicBool::new(false), listener })
    }

    async fn decide(&self, subject: Subject, act: Act, interactive: bool) -> Verdict {
        let (age, known) = self.cache.look(&subject.bus_name, act);
        let answered = match known {
            Some(answer) => Ok(answer),
            None => self.asking.ask(&subject.bus_name, act, false).await,
        };
        let answered = match answered {
            Ok(answer) => {
                self.told.store(false, Ordering::Relaxed);
                self.cache.keep(age, &subject.bus_name, act, answer.clone());
                // what somebody gave a password for is not kept here: polkit keeps it if it may be kept, and then says yes by itself
                if answer.challenge && interactive { self.asking.ask(&subject.bus_name, act, true).await } else { Ok(answer) }
            }
            Err(why) => Err(why),
        };
        match answered {
            Ok(answer) => answer.verdict,
            Err(_) if !self.asking.is_there(&subject.bus_name).await => Verdict::Denied("whoever asked left the bus".to_owned()),
            Err(why) => {
                if !self.told.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%act, client = &*subject.bus_name, "polkit {why}; the policy file decides until it answers");
                }
                self.fallback.check(&subject, act, interactive).await
            }
        }
    }
}

impl Drop for Polkit {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Authority for Polkit {
    fn check(&self, subject: &Subject, act: Act, interactive: bool) -> Pin<Box<dyn Future<Output = Verdict> + Send + '_>> {
        Box::pin(self.decide(subject.clone(), act, interactive))
    }
}

impl Asking {
    async fn ask(&self, client: &str, act: Act, interactive: bool) -> Result<Answer, NoPolkit> {
        let details: HashMap<&str, &str> = HashMap::new();
        let subject = ("system-bus-name", HashMap::from([("name", Variant::from(client))]));
        if !interactive {
            let body = (subject, act.action(), details, 0_u32, "");
            let reply = self.connection.call_method(Some(NAME), PATH, Some(INTERFACE), "CheckAuthorization", &body);
            return read(&within(self.patience.polkit, reply).await?, act);
        }
        let id = format!("netsession-{}", self.asked.fetch_add(1, Ordering::Relaxed));
        let body = (subject, act.action(), details, INTERACTIVE, id.as_str());
        let reply = self.connection.call_method(Some(NAME), PATH, Some(INTERFACE), "CheckAuthorization", &body);
        let mut question = Question { connection: self.connection.clone(), id: Some(id.clone()) };
        let answered = timeout(self.patience.person, reply).await;
        let Ok(answered) = answered else {
            let why = format!("nobody gave the password that polkit asks for to {act}, within {} s", self.patience.person.as_secs());
            return Ok(Answer { verdict: Verdict::Denied(why), challenge: true });
        };
        question.id = None;
        read(&answered.map_err(|error| NoPolkit::said(&error))?, act)
    }

    /// Whether somebody has this name; who cannot be asked knows of nobody.
    async fn is_there(&self, client: &str) -> bool {
        let name = (client,);
        let asked = self.connection.call_method(Some(BUS), BUS_PATH, Some(BUS), "NameHasOwner", &name);
        within(self.patience.polkit, asked).await.is_ok_and(|reply| reply.body().deserialize::<bool>().unwrap_or(false))
    }
}

/// `AuthorizationResult`: is authorised, would be if somebody gave a password, details.
fn read(reply: &Message, act: Act) -> Result<Answer, NoPolkit> {
    let ((authorised, challenge, details),): ((bool, bool, HashMap<String, String>),) =
        reply.body().deserialize().map_err(|error| NoPolkit::said(&error))?;
    let verdict = match (authorised, challenge, details.contains_key("polkit.dismissed")) {
        (true, _, _) => Verdict::Allowed,
        (false, _, true) => Verdict::Denied(format!("somebody was asked for a password to {act}, and declined")),
        (false, true, false) => Verdict::Denied(format!("polkit wants a password for {}", act.action())),
        (false, false, false) => Verdict::Denied(format!("polkit denies {} to this client", act.action())),
    };
    Ok(Answer { verdict, challenge })
}

/// A question that somebody sees on a screen; taken back when nobody waits for the answer any more.
struct Question {
    connection: Connection,
    id: Option<String>,
}

impl Drop for Question {
    fn drop(&mut self) {
        let (Some(id), Ok(runtime)) = (self.id.take(), tokio::runtime::Handle::try_current()) else { return };
        let connection = self.connection.clone();
        runtime.spawn(async move {
            let which = (id.as_str(),);
            let cancel = connection.call_method(Some(NAME), PATH, Some(INTERFACE), "CancelCheckAuthorization", &which);
            let _ = timeout(Patience::default().polkit, cancel).await;
        });
    }
}

async fn within<T>(patience: Duration, asked: impl Future<Output = zbus::Result<T>>) -> Result<T, NoPolkit> {
    match timeout(patience, asked).await {
        Ok(answered) => answered.map_err(|error| NoPolkit::said(&error)),
        Err(_) => Err(NoPolkit(format!("gives no answer within {} ms", patience.as_millis()))),
    }
}

async fn listen_to(mut stream: MessageStream, cache: Arc<Cache>) {
    while let Some(Ok(message)) = stream.next().await {
        let header = message.header();
        if header.message_type() != Type::Signal {
            continue;
        }
        match header.member().map(|member| member.as_str()) {
            Some("Changed") => cache.forget_all(),
            Some("NameOwnerChanged") => match message.body().deserialize::<(String, String, String)>() {
                Ok((name, _, _)) if name.starts_with(':') => cache.forget(&name),
                _ => cache.forget_all(),
            },
            _ => {}
        }
    }
    cache.go_deaf();
}
