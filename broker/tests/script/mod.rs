//! A broker that does what the test says: it remembers, forgets, skips numbers and leaves calls unanswered.

use crate::rig::PrivateBus;
use futures::StreamExt;
use netsession_broker::api::{MANAGER, NAME, PATH, SESSION};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use zbus::message::Type;
use zbus::{Connection, DynamicType, Message, MessageStream, ObjectPath, Variant};

type Properties = BTreeMap<&'static str, Variant<'static>>;

/// The broker's side of the interface, with two access points and a service network over them.
pub(crate) struct Script {
    connection: Connection,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) version: u32,
    /// Properties of sessions, by path.
    pub(crate) sessions: BTreeMap<String, Properties>,
    /// Methods that get no answer.
    pub(crate) mute: Vec<&'static str>,
    /// Every call but for reading: path and method.
    pub(crate) calls: Vec<(String, String)>,
    pub(crate) created: u32,
    pub(crate) client: String,
}

/// Properties of a session that is closed, or open on lte.
pub(crate) fn session(open: bool, sequence: u64) -> Properties {
    Properties::from([
        ("Configuration", "office".into()),
        ("ChosenConfiguration", "".into()),
        ("State", if open { 3_u32 } else { 5 }.into()),
        ("Open", open.into()),
        ("ActiveConfiguration", if open { "lte" } else { "" }.into()),
        ("Candidate", "".into()),
        ("Phase", "stable".into()),
        ("Offer", (0_u32, "", "", false, false).into()),
        ("Mode", "application".into()),
        ("Policies", 0_u32.into()),
        ("Counters", (0_u64, 0_u64).into()),
        ("OpenedAt", u64::from(open).into()),
        ("LastError", (0_u64, 0_u32, "", "", "").into()),
        ("Sequence", sequence.into()),
    ])
}

impl Script {
    /// Takes the name on the bus.
    pub(crate) async fn start(bus: &PrivateBus, state: State) -> Self {
        let connection = bus.connect().await;
        let state = Arc::new(Mutex::new(state));
        let messages = MessageStream::from(&connection);
        let task = tokio::spawn(serve(connection.clone(), messages, Arc::clone(&state)));
        connection.request_name(NAME).await.unwrap();
        Self { connection, state, task }
    }

    pub(crate) fn calls(&self) -> Vec<(String, String)> {
        self.state.lock().unwrap().calls.clone()
    }

    /// Changes properties of a session and says so, or not.
    pub(crate) async fn change<const N: usize>(&self, path: &str, aloud: bool, changed: [(&'static str, Variant<'static>); N]) {
        let changed = Properties::from(changed);
        self.state.lock().unwrap().sessions.get_mut(path).unwrap().extend(changed.clone());
        if aloud {
            let none: Vec<String> = Vec::new();
            self.signal(path, "org.freedesktop.DBus.Properties", "PropertiesChanged", &(SESSION, changed, none)).await;
        }
    }

    /// A signal of a session to its client.
    pub(crate) async fn say<B: serde::Serialize + DynamicType>(&self, path: &str, member: &str, body: &B) {
        self.signal(path, SESSION, member, body).await;
    }

    async fn signal<B: serde::Serialize + DynamicType>(&self, path: &str, interface: &str, member: &str, body: &B) {
        let client = self.state.lock().unwrap().client.clone();
        let signal = Message::signal(path, interface, member).destination(client.as_str()).build(body).unwrap();
        self.connection.send(&signal).await.unwrap();
    }

    /// Leaves the bus without a word.
    pub(crate) async fn die(self) {
        self.task.abort();
        let _ = self.task.await;
        self.connection.close().await.unwrap();
    }
}

impl State {
    pub(crate) fn new() -> Self {
        Self { version: 1, ..Self::default() }
    }
}

async fn serve(connection: Connection, mut messages: MessageStream, state: Arc<Mutex<State>>) {
    while let Some(Ok(call)) = messages.next().await {
        if call.message_type() != Type::MethodCall {
            continue;
        }
        let answer = answer(&call, &mut state.lock().unwrap());
        if let Some(answer) = answer {
            connection.send(&answer).await.unwrap();
        }
    }
}

fn answer(call: &Message, state: &mut State) -> Option<Message> {
    let (header, body) = (call.header(), call.body());
    let path = header.path().unwrap().to_string();
    let method = header.member().unwrap().to_string();
    state.client = header.sender().unwrap().to_string();
    let reply = Message::method_return(&header);
    if method == "GetAll" {
        let interface: String = body.deserialize().unwrap();
        let all = match interface.as_str() {
            MANAGER => Properties::from([("Version", state.version.into()), ("Online", false.into())]),
            _ => state.sessions[&path].clone(),
        };
        return Some(reply.build(&all).unwrap());
    }
    state.calls.push((path.clone(), method.clone()));
    if state.mute.contains(&&*method) {
        return None;
    }
    Some(
        match method.as_str() {
            "GetConfigurations" => reply.build(&configurations()),
            "Attach" => {
                let all = state.sessions.iter().map(|(path, all)| (ObjectPath::try_from(path.clone()).unwrap(), all.clone()));
                reply.build(&all.collect::<Vec<_>>())
            }
            "CreateSession" => {
                let path = format!("{PATH}/session/{}_0", state.created);
                state.created += 1;
                state.sessions.insert(path.clone(), session(false, 0));
                reply.build(&ObjectPath::try_from(path).unwrap())
            }
            "Release" => {
                state.sessions.remove(&path);
                reply.build(&())
            }
            _ => reply.build(&()),
        }
        .unwrap(),
    )
}

fn configurations() -> Vec<Properties> {
    let one = |name: &'static str, kind: &'static str, number: u32| {
        Properties::from([("name", name.into()), ("kind", kind.into()), ("number", number.into()), ("state", "discovered".into())])
    };
    let mut office = one("office", "service-network", 0);
    office.insert("members", vec!["wlan", "lte"].into());
    vec![one("lte", "access-point", 0), one("wlan", "access-point", 1), office]
}
