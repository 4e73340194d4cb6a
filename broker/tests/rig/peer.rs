//! What does a client on the bus say, and what does it hear?

use super::{PATIENCE, PrivateBus};
use futures::StreamExt;
use netsession_broker::api::{MANAGER, NAME, PATH, SESSION};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use zbus::message::Type;
use zbus::{Connection, DynamicType, Message, MessageStream, OwnedObjectPath, OwnedVariant, Variant};

/// A client: writes down whatever it is sent, in order.
pub(crate) struct Peer {
    pub(crate) connection: Connection,
    heard: Arc<Heard>,
    listener: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Heard {
    messages: Mutex<Vec<Message>>,
    more: Notify,
}

/// What was said: which signal, which answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    Signal(String),
    Properties(Vec<String>),
    Answer,
    Error(String),
}

impl Peer {
    pub(crate) async fn on(bus: &PrivateBus) -> Self {
        let connection = bus.connect().await;
        let heard = Arc::new(Heard::default());
        let mut stream = MessageStream::from(&connection);
        let writer = Arc::clone(&heard);
        let listener = tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                writer.messages.lock().unwrap().push(message);
                writer.more.notify_waiters();
            }
        });
        Self { connection, heard, listener }
    }

    /// Hears the broker's signals to everybody, too.
    pub(crate) async fn watch(&self) {
        let rule = format!("type='signal',sender='{NAME}'");
        let bus = Some("org.freedesktop.DBus");
        self.connection.call_method(bus, "/org/freedesktop/DBus", bus, "AddMatch", &rule.as_str()).await.unwrap();
    }

    pub(crate) fn name(&self) -> String {
        self.connection.unique_name().unwrap().to_string()
    }

    pub(crate) async fn call<B>(&self, path: &str, interface: &str, method: &str, body: &B) -> zbus::Result<Message>
    where
        B: serde::Serialize + DynamicType,
    {
        let call = self.connection.call_method(Some(NAME), path, Some(interface), method, body);
        tokio::time::timeout(PATIENCE, call).await.unwrap_or_else(|_| panic!("{method}: no answer in {PATIENCE:?}"))
    }

    pub(crate) async fn manager<B>(&self, method: &str, body: &B) -> zbus::Result<Message>
    where
        B: serde::Serialize + DynamicType,
    {
        self.call(PATH, MANAGER, method, body).await
    }

    /// A session in this mode.
    pub(crate) async fn session(&self, configuration: &str, mode: &str) -> String {
        let options = BTreeMap::from([("mode", Variant::from(mode))]);
        let answer = self.manager("CreateSession", &(configuration, options)).await.unwrap();
        answer.body().deserialize::<OwnedObjectPath>().unwrap().to_string()
    }

    pub(crate) async fn on_session<B>(&self, session: &str, method: &str, body: &B) -> zbus::Result<Message>
    where
        B: serde::Serialize + DynamicType,
    {
        self.call(session, SESSION, method, body).await
    }

    pub(crate) async fn open(&self, session: &str) {
        self.on_session(session, "Open", &"").await.unwrap();
    }

    pub(crate) async fn properties(&self, session: &str) -> zbus::Result<BTreeMap<String, OwnedVariant>> {
        self.call(session, "org.freedesktop.DBus.Properties", "GetAll", &SESSION).await?.body().deserialize()
    }

    pub(crate) async fn property<T: TryFrom<OwnedVariant>>(&self, session: &str, name: &str) -> T
    where
        T::Error: std::fmt::Debug,
    {
        self.properties(session).await.unwrap().remove(name).unwrap().try_into().unwrap()
    }

    /// Sends a call whose answer is only written down.
    pub(crate) async fn send<B>(&self, path: &str, interface: &str, method: &str, body: &B)
    where
        B: serde::Serialize + DynamicType,
    {
        let message = Message::method_call(path, method).destination(NAME).interface(interface).build(body).unwrap();
        self.connection.send(&message).await.unwrap();
    }

    /// Every message from the broker so far.
    pub(crate) fn heard(&self) -> Vec<Message> {
        self.heard.messages.lock().unwrap().clone()
    }

    /// The signals of a session so far, without those of its properties.
    pub(crate) fn signals(&self, session: &str) -> Vec<Message> {
        let of_session = |message: &Message| {
            let header = message.header();
            message.message_type() == Type::Signal
                && header.path().is_some_and(|path| path.as_str() == session)
                && header.interface().is_some_and(|interface| interface.as_str() == SESSION)
        };
        self.heard().into_iter().filter(of_session).collect()
    }

    pub(crate) fn count(&self, session: &str, member: &str) -> usize {
        self.signals(session).iter().filter(|signal| said(signal) == Said::Signal(member.to_owned())).count()
    }

    /// Waits for the next signal of this name after so many of them.
    pub(crate) async fn signal(&self, session: &str, member: &str, after: usize) -> Message {
        let named = |message: &Message| said(message) == Said::Signal(member.to_owned());
        let waiting = async {
            loop {
                let more = self.heard.more.notified();
                if let Some(found) = self.signals(session).into_iter().filter(named).nth(after) {
                    return found;
                }
                tokio::select! { () = more => {}, () = tokio::time::sleep(Duration::from_millis(50)) => {} }
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("no {member} in {PATIENCE:?}: {:?}", self.said()))
    }

    /// Everything from the broker in order, in short.
    pub(crate) fn said(&self) -> Vec<Said> {
        self.heard().iter().map(said).collect()
    }

    /// Waits until a session is in this phase.
    pub(crate) async fn phase(&self, session: &str, phase: &str) {
        let waiting = async {
            while self.property::<String>(session, "Phase").await != phase {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("not in phase {phase}: {:?}", self.said()));
    }

    /// Leaves the bus without a word.
    pub(crate) async fn die(self) {
        self.listener.abort();
        self.connection.clone().close().await.unwrap();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

pub(crate) fn said(message: &Message) -> Said {
    let header = message.header();
    let member = header.member().map(|member| member.to_string()).unwrap_or_default();
    match message.message_type() {
        Type::Signal if member == "PropertiesChanged" => {
            let (_, changed, _) = message.body().deserialize::<(String, BTreeMap<String, OwnedVariant>, Vec<String>)>().unwrap();
            Said::Properties(changed.into_keys().collect())
        }
        Type::Signal => Said::Signal(member),
        Type::Error => Said::Error(header.error_name().map(|name| name.to_string()).unwrap_or_default()),
        Type::MethodReturn | Type::MethodCall => Said::Answer,
    }
}

/// The name of the error that answered, without what all of ours begin with.
pub(crate) fn error(answer: zbus::Result<Message>) -> String {
    match answer {
        Err(zbus::Error::MethodError(name, _, _)) => name.trim_start_matches("org.netsession.Error.").to_owned(),
        Err(zbus::Error::FDO(error)) => zbus::DBusError::name(&*error).to_string(),
        other => panic!("not an error of the bus: {other:?}"),
    }
}
