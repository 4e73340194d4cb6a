//! How is ConnMan reached? One connection to the system bus, one stream of everything that comes over it, in order.
//!
//! Answers come through the same stream as signals: what is known is always what the last message said. Nobody waits for an answer,
//! so a ConnMan that does not answer holds nothing up.

use super::service::Properties;
use super::told::{Answer, Told};
use crate::left::name_for_good;
use futures::StreamExt;
use netsession_fsm::words::{Cause, OperationId};
use std::collections::BTreeMap;
use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use zbus::message::{Message, Type};
use zbus::{Connection, DynamicType, MessageStream, OwnedObjectPath};

/// ConnMan's name on the bus.
pub(super) const NAME: &str = "net.connman";
/// Where its services are.
const SERVICES: &str = "/net/connman/service/";
const BUS: &str = "org.freedesktop.DBus";

/// What is to be heard: services, their order, which come and go, and whether ConnMan is there.
const RULES: [&str; 4] = [
    "type='signal',sender='net.connman',interface='net.connman.Service',path_namespace='/net/connman/service'",
    "type='signal',sender='net.connman',interface='net.connman.Manager',member='ServicesChanged'",
    "type='signal',sender='net.connman',interface='org.freedesktop.DBus.ObjectManager'",
    "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='net.connman'",
];

/// Something that was asked of ConnMan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    /// Tell what fits a rule.
    Listen(&'static str),
    /// Whether ConnMan is there.
    Owner,
    /// ConnMan's own properties.
    Manager,
    /// All services.
    Services,
    /// All properties of a service.
    Properties(String),
    /// The same, after `Connect` was answered, for an operation.
    Check(OperationId, String),
    /// Connect a service, for an operation.
    Connect(OperationId, String),
    /// Disconnect a service, for an operation.
    Disconnect(OperationId, String),
    /// Let ConnMan connect a service by itself, or not, for an operation.
    AutoConnect(OperationId, String, bool),
    /// Move a service in the order, for an operation.
    Move(OperationId, Move),
    /// All technologies, for a scan.
    Technologies(OperationId),
    /// Scan with a technology.
    Scan(OperationId, OwnedObjectPath),
}

/// A step towards another order of services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Move {
    /// Which one.
    pub(super) service: String,
    /// Before the other one, else after it.
    pub(super) before: bool,
    /// Where to.
    pub(super) other: String,
}

/// A question that was answered with an error.
#[derive(Debug, Clone)]
pub(super) struct Refused {
    /// Last part of the error's name: `NotConnected`, `AlreadyConnected`, …
    pub(super) name: String,
    message: String,
}

impl Refused {
    /// What the session is told.
    pub(super) fn cause(&self) -> Cause {
        super::map::refusal(&self.name)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnMan refused: {} ({})", self.message, self.name)?;
        match self.cause() {
            Cause::NotAuthorised => {
                f.write_str("; the system bus's policy must allow calls to net.connman: see /usr/share/dbus-1/system.d")
            }
            _ => Ok(()),
        }
    }
}

/// The connection.
pub(super) struct Bus {
    connection: Connection,
    stream: MessageStream,
    asked: BTreeMap<NonZeroU32, Question>,
    /// Name, for good, of the ConnMan that listed its services last.
    pub(super) daemon: String,
}

impl Bus {
    /// Connects to the system bus (`DBUS_SYSTEM_BUS_ADDRESS`, else the usual place) and asks to be told everything.
    pub(super) async fn reach() -> zbus::Result<Self> {
        const LONGEST_QUEUE: NonZeroUsize = NonZeroUsize::new(1024).unwrap();
        let connection = Connection::system().await?;
        let mut stream = MessageStream::from(&connection);
        stream.set_max_queued(LONGEST_QUEUE);
        let mut bus = Self { connection, stream, asked: BTreeMap::new(), daemon: String::new() };
        for rule in RULES {
            bus.ask(Question::Listen(rule)).await?;
        }
        bus.ask(Question::Owner).await?;
        Ok(bus)
    }

    /// Asks; the answer comes through [`Self::told`].
    pub(super) async fn ask(&mut self, question: Question) -> zbus::Result<()> {
        let message = match &question {
            Question::Listen(rule) => call(BUS, "/org/freedesktop/DBus", BUS, "AddMatch", rule),
            Question::Owner => call(BUS, "/org/freedesktop/DBus", BUS, "NameHasOwner", &NAME),
            Question::Manager => call(NAME, "/", "net.connman.Manager", "GetProperties", &()),
            Question::Services => call(NAME, "/", "net.connman.Manager", "GetServices", &()),
            Question::Technologies(_) => call(NAME, "/", "net.connman.Manager", "GetTechnologies", &()),
            Question::Scan(_, path) => call(NAME, path.as_str(), "net.connman.Technology", "Scan", &()),
            Question::Properties(id) | Question::Check(_, id) => service(id, "GetProperties", &()),
            Question::Connect(_, id) => service(id, "Connect", &()),
            Question::Disconnect(_, id) => service(id, "Disconnect", &()),
            Question::AutoConnect(_, id, on) => service(id, "SetProperty", &("AutoConnect", zbus::Variant::from(*on))),
            Question::Move(_, Move { service: id, before, other }) => {
                let other = OwnedObjectPath::try_from(format!("{SERVICES}{other}"))?;
                service(id, if *before { "MoveBefore" } else { "MoveAfter" }, &other)
            }
        }?;
        self.asked.insert(message.primary_header().serial_num(), question);
        self.connection.send(&message).await
    }

    /// What comes next; `None`: the bus is gone. May be cancelled: nothing is lost.
    pub(super) async fn told(&mut self) -> Option<Told> {
        loop {
            let message = self.stream.next().await?.ok()?;
            if let Some(told) = self.understand(&message) {
                return Some(told);
            }
        }
    }

    fn understand(&mut self, message: &Message) -> Option<Told> {
        let header = message.header();
        match message.message_type() {
            Type::Signal => signal(message),
            Type::MethodReturn => {
                let question = self.asked.remove(&header.reply_serial()?)?;
                if question == Question::Services {
                    self.daemon = name_for_good(&self.connection, message);
                }
                Some(answer(question, message))
            }
            Type::Error => {
                let question = self.asked.remove(&header.reply_serial()?)?;
                let name = header.error_name().map(|name| name.as_str().rsplit('.').next().unwrap_or_default().to_owned());
                let text = message.body().deserialize::<String>().unwrap_or_default();
                Some(Told::Answer(question, Err(Refused { name: name.unwrap_or_default(), message: text })))
            }
            Type::MethodCall => None,
        }
    }
}

fn call<B: serde::Serialize + DynamicType>(to: &str, path: &str, interface: &str, member: &str, body: &B) -> zbus::Result<Message> {
    Message::method_call(path, member).destination(to).interface(interface).build(body)
}

fn service<B: serde::Serialize + DynamicType>(id: &str, member: &str, body: &B) -> zbus::Result<Message> {
    call(NAME, &format!("{SERVICES}{id}"), "net.connman.Service", member, body)
}

/// Identifier of the service of this path.
fn identifier(path: &str) -> Option<&str> {
    path.strip_prefix(SERVICES)
}

/// Services as they come in answers and signals.
fn named(services: Vec<(OwnedObjectPath, Properties)>) -> Vec<(String, Properties)> {
    services.into_iter().filter_map(|(path, properties)| Some((identifier(path.as_str())?.to_owned(), properties))).collect()
}

fn signal(message: &Message) -> Option<Told> {
    let header = message.header();
    let body = message.body();
    match header.member()?.as_str() {
        "PropertyChanged" => {
            let (name, value) = body.deserialize().ok()?;
            Some(Told::Changed(identifier(header.path()?.as_str())?.to_owned(), name, value))
        }
        "ServicesChanged" => {
            let (order, removed): (Vec<(OwnedObjectPath, Properties)>, Vec<OwnedObjectPath>) = body.deserialize().ok()?;
            let removed = removed.iter().filter_map(|path| Some(identifier(path.as_str())?.to_owned())).collect();
            Some(Told::Order(named(order), removed))
        }
        "InterfacesAdded" => {
            let (path, _): (OwnedObjectPath, BTreeMap<String, Properties>) = body.deserialize().ok()?;
            Some(Told::Appeared(identifier(path.as_str())?.to_owned()))
        }
        "InterfacesRemoved" => {
            let (path, interfaces): (OwnedObjectPath, Vec<String>) = body.deserialize().ok()?;
            let service = interfaces.iter().any(|interface| interface == "net.connman.Service");
            Some(Told::Vanished(identifier(path.as_str()).filter(|_| service)?.to_owned()))
        }
        "NameOwnerChanged" => {
            let (_, _, owner): (String, String, String) = body.deserialize().ok()?;
            Some(Told::Owner(!owner.is_empty()))
        }
        _ => None,
    }
}

fn answer(question: Question, message: &Message) -> Told {
    let body = message.body();
    let answer = match &question {
        Question::Owner => body.deserialize().map(Answer::Owner),
        Question::Services => body.deserialize().map(|services| Answer::Services(named(services))),
        Question::Properties(_) | Question::Check(..) | Question::Manager => body.deserialize().map(Answer::Properties),
        Question::Technologies(_) => body.deserialize().map(|technologies: Vec<(OwnedObjectPath, Properties)>| {
            let wifi = |properties: &Properties| {
                let powered = matches!(properties.get("Powered").map(bool::try_from), Some(Ok(true)));
                powered && properties.get("Type").is_some_and(|kind| <&str>::try_from(kind) == Ok("wifi"))
            };
            Answer::Scanners(technologies.into_iter().filter(|(_, properties)| wifi(properties)).map(|(path, _)| path).collect())
        }),
        _ => Ok(Answer::Done),
    };
    let refused = |error: zbus::Error| Refused { name: "Unreadable".into(), message: error.to_string() };
    Told::Answer(question, answer.map_err(refused))
}
