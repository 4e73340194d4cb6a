//! A bus of its own, a broker on it over a simulated network, and clients that write down whatever they are sent.
#![allow(dead_code, reason = "each test takes what it needs")]

use futures::StreamExt;
use netsession_backends::client::Client;
use netsession_backends::sim::{Behaviour, Network};
use netsession_broker::api::{MANAGER, NAME, PATH, SESSION};
use netsession_broker::authority::{Authority, Everyone};
use netsession_broker::service::{self, Broker, Bus, Limits};
use netsession_fsm::hub::Settings;
use netsession_fsm::words::{AccessPoint, AccessPointId, Bearer, ConfigurationState, ExecutorId, Purpose};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use zbus::message::Type;
use zbus::{Connection, DynamicType, Message, MessageStream, OwnedObjectPath, OwnedVariant, Variant};

/// How long anything may take; a broker that does not answer ends the test.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const LTE: AccessPointId = AccessPointId(0);
pub(crate) const WLAN: AccessPointId = AccessPointId(1);

/// Everything is fast, and nothing is forgotten while a test looks.
pub(crate) const FAST: Behaviour = Behaviour {
    state: ConfigurationState::Discovered,
    raise: netsession_backends::sim::Outcome::Succeeds,
    raise_delay: Duration::from_millis(5),
    lower: netsession_backends::sim::Outcome::Succeeds,
    lower_delay: Duration::from_millis(5),
    prefer: netsession_backends::sim::Outcome::Succeeds,
    prefer_delay: Duration::from_millis(5),
    reachable: true,
    radio: None,
};

/// Whatever it is, it takes longer than the test.
pub(crate) const LONG: Duration = Duration::from_secs(3600);

/// A `dbus-daemon`, ended with the value, or with the thread that began it.
pub(crate) struct PrivateBus {
    daemon: Child,
    place: PathBuf,
    pub(crate) address: String,
}

impl PrivateBus {
    pub(crate) fn start() -> Self {
        Self::with_policy("")
    }

    /// With more rules after those that allow everything.
    pub(crate) fn with_policy(rules: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let place = std::env::temp_dir().join(format!("netsession-bus-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&place).unwrap();
        let address = format!("unix:path={}", place.join("socket").display());
        std::fs::write(
            place.join("bus.conf"),
            format!(
                "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
             \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n\
             <busconfig><type>session</type><listen>{address}</listen><auth>EXTERNAL</auth>\
             <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"false\"/><allow receive_sender=\"*\"/><allow own=\"*\"/>\
             {rules}</policy></busconfig>"
            ),
        )
        .unwrap();
        Self { daemon: Self::daemon(&place), place, address }
    }

    fn daemon(place: &std::path::Path) -> Child {
        Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "dbus-daemon", "--nofork", "--nopidfile", "--nosyslog"])
            .arg(format!("--config-file={}", place.join("bus.conf").display()))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon and setpriv are installed")
    }

    /// A new one at the same address, after it was killed.
    pub(crate) fn start_again(&mut self) {
        let _ = std::fs::remove_file(self.place.join("socket"));
        self.daemon = Self::daemon(&self.place);
    }

    /// A connection, as soon as the bus is there.
    pub(crate) async fn connect(&self) -> Connection {
        let connected = async {
            loop {
                match zbus::connection::Builder::address(self.address.as_str()).build().await {
                    Ok(connection) => return connection,
                    Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, connected).await.expect("the bus comes up")
    }

    pub(crate) fn kill(&mut self) {
        self.daemon.kill().unwrap();
        self.daemon.wait().unwrap();
    }
}

impl Drop for PrivateBus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
        let _ = std::fs::remove_dir_all(&self.place);
    }
}

/// A broker over lte and wlan, both in the service network `office`, wlan first; and a user choice over all of them.
pub(crate) struct Rig {
    pub(crate) bus: PrivateBus,
    pub(crate) network: Network,
    pub(crate) broker: Option<Broker>,
}

/// Offers come at once; deadlines do not come in a test.
pub(crate) fn settings() -> Settings {
    Settings { settle: Duration::ZERO, offer_deadline: LONG, trial_deadline: LONG, commit_timeout: LONG, ..Settings::default() }
}

pub(crate) async fn hub(network: &Network, settings: Settings) -> (Client, service::Feed) {
    let (witness, feed) = service::feed();
    let mut builder = Client::builder()
        .settings(settings)
        .patience(Duration::from_secs(2))
        .witness(Box::new(witness))
        .executor(network.executor(ExecutorId(0)));
    let lte = builder.access_point("lte", AccessPoint { bearer: Bearer::Lte, connect_timeout: LONG, ..AccessPoint::default() });
    let wlan = builder.access_point("wlan", AccessPoint { bearer: Bearer::Wlan, connect_timeout: LONG, ..AccessPoint::default() });
    let office = builder.service_network("office", Purpose::Private, [wlan, lte]);
    builder.user_choice("any", [office.into(), lte.into()]);
    network.add(LTE, FAST);
    network.add(WLAN, Behaviour { state: ConfigurationState::Defined, ..FAST });
    (builder.start().await.unwrap(), feed)
}

pub(crate) fn own_uid() -> u32 {
    rustix::process::getuid().as_raw()
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::start_with(settings(), Arc::new(Everyone { uid: own_uid() }), Limits::default()).await
    }

    pub(crate) async fn start_with(settings: Settings, authority: Arc<dyn Authority>, limits: Limits) -> Self {
        let bus = PrivateBus::start();
        drop(bus.connect().await);
        let network = Network::new(1);
        let (client, feed) = hub(&network, settings).await;
        let broker = Broker::start(client, feed, &Bus::Address(bus.address.clone()), authority, limits).await.unwrap();
        Self { bus, network, broker: Some(broker) }
    }

    pub(crate) async fn peer(&self) -> Peer {
        Peer::on(&self.bus).await
    }

    /// Ends the broker; nothing is left raised.
    pub(crate) async fn end(mut self) {
        self.broker.take().unwrap().shutdown().await;
        assert_eq!(self.network.raised(), []);
    }

    /// Waits until no link is raised but these.
    pub(crate) async fn raised(&self, links: &[AccessPointId]) {
        eventually("links", || self.network.raised() == links).await;
    }
}

/// Waits until something is so.
pub(crate) async fn eventually(what: &str, so: impl Fn() -> bool) {
    let waiting = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("{what}: not so in {PATIENCE:?}"));
}

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
