//! What does a call want, does it make sense, and may its client do that?

use super::{Action, Desk};
use crate::api::fault::{Fault, FaultKind, Standard};
use crate::api::properties::Property;
use crate::api::words::Word;
use crate::api::{options, xml};
use crate::authority::{Act, Verdict};
use crate::service::call::is_interactive;
use crate::service::method::{Method, Object, called};
use crate::service::socket;
use crate::service::tell::{ManagerProperty, Read, Sees};
use netsession_fsm::hub::{self, Input};
use netsession_fsm::words::{ConfigurationId, OfferId, Phase, SessionId, SessionState};
use std::time::Duration;
use zbus::message::Body;
use zbus::wire::DynamicDeserialize;
use zbus::{Message, OwnedVariant};

impl Desk {
    /// What is called, and whether it may be.
    pub(super) async fn decide(&self, message: &Message) -> Result<Action, Fault> {
        let (object, method) = called(&message.header())?;
        let body = message.body();
        match (object, method) {
            (_, Method::Introspect) => self.introspect(object, message).await,
            (_, Method::Ping) => nothing(&body).map(|()| Action::Nothing),
            (_, Method::GetMachineId) => nothing(&body).map(|()| Action::Text(machine_id())),
            (_, Method::Get) => {
                let (interface, property) = args::<(&str, &str)>(&body)?;
                self.get(object, interface, Some(property), message).await
            }
            (_, Method::GetAll) => {
                let interface = args::<&str>(&body)?;
                self.get(object, interface, None, message).await
            }
            (_, Method::Set) => {
                let (_, property, _) = args::<(&str, &str, OwnedVariant)>(&body)?;
                Err(Fault::standard(Standard::PropertyReadOnly, format!("property {property:?} cannot be set")))
            }
            (Object::Session(session), method) => self.session(session, method, message).await,
            (Object::Manager | Object::Sessions | Object::Way(_), method) => self.manager(method, message).await,
        }
    }

    async fn manager(&self, method: Method, message: &Message) -> Result<Action, Fault> {
        let body = message.body();
        match method {
            Method::GetConfigurations => {
                nothing(&body)?;
                Ok(Action::Read(Read::Configurations(self.sees(false).await)))
            }
            Method::GetConfiguration => {
                let id = self.configuration(args(&body)?)?;
                Ok(Action::Read(Read::Configuration(id, self.sees(false).await)))
            }
            Method::CreateSession => {
                let (name, sent) = args::<(&str, options::Sent)>(&body)?;
                let options = options::session(sent)?;
                let configuration = self.configuration(name)?;
                self.may(Act::Open, message).await?;
                let share = self.client.session(&self.shared.limits).ok_or_else(|| {
                    let most = self.shared.limits.sessions_per_user;
                    let text = format!("user {} has {most} sessions: release some first", self.client.subject.uid);
                    Fault::new(FaultKind::LimitExceeded, text)
                })?;
                Ok(Action::Create(configuration, options, share))
            }
            Method::Attach => nothing(&body).map(|()| Action::Read(Read::Attach)),
            Method::ListSessions => {
                nothing(&body)?;
                Ok(Action::Read(Read::Sessions(self.sees(is_interactive(message)).await)))
            }
            Method::Refresh => {
                nothing(&body)?;
                self.may(Act::Open, message).await?;
                Ok(Action::Refresh)
            }
            Method::RemoveConfiguration => {
                let id = self.configuration(args(&body)?)?;
                self.may(Act::Configure, message).await?;
                Ok(Action::Administer(Input::Remove(id)))
            }
            Method::SaveTraffic => {
                let save = args(&body)?;
                self.may(Act::Configure, message).await?;
                Ok(Action::Administer(Input::SaveTraffic(save)))
            }
            Method::Metrics => {
                nothing(&body)?;
                self.may(Act::Observe, message).await?;
                Ok(Action::Read(Read::Metrics))
            }
            other => Err(Fault::standard(Standard::UnknownMethod, format!("no method of the broker: {other:?}"))),
        }
    }

    async fn session(&self, session: SessionId, method: Method, message: &Message) -> Result<Action, Fault> {
        if !self.shared.registry.is_owner(session, &self.client) {
            return Err(Fault::unknown_session());
        }
        let body = message.body();
        let offer = |call: fn(OfferId) -> hub::Call| args(&body).map(|id| call(OfferId(id)));
        let call = match method {
            Method::Open => {
                let choice = match args::<&str>(&body)? {
                    "" => None,
                    name => Some(self.configuration(name)?),
                };
                self.may(Act::Open, message).await?;
                let on = self.shared.port.snapshot(session).map(|snapshot| snapshot.configuration);
                if choice.is_some() || matches!(on, Some(ConfigurationId::AccessPoint(_))) {
                    self.may(Act::ChooseAccessPoints, message).await?;
                }
                hub::Call::Open { choice }
            }
            Method::Close => nothing(&body).map(|()| hub::Call::Close)?,
            Method::Stop => {
                nothing(&body)?;
                self.may(Act::StopOthers, message).await?;
                hub::Call::Stop
            }
            Method::Migrate => offer(hub::Call::Migrate)?,
            Method::Ignore => offer(hub::Call::Ignore)?,
            Method::Accept => offer(hub::Call::Accept)?,
            Method::Reject => offer(hub::Call::Reject)?,
            Method::RequestRoam => nothing(&body).map(|()| hub::Call::RequestRoam)?,
            Method::SetMode => hub::Call::SetMode(options::mode(args(&body)?)?),
            Method::SetRequirements => hub::Call::SetRequirements(options::requirements(args(&body)?)?),
            Method::Suppress => hub::Call::Suppress(Duration::from_millis(args(&body)?)),
            Method::OpenSocket => {
                let (side, kind, family) = args::<(&str, &str, &str)>(&body)?;
                return self.socket(session, side, kind, family);
            }
            Method::Release => return nothing(&body).map(|()| Action::Release(session)),
            other => return Err(Fault::standard(Standard::UnknownMethod, format!("no method of a session: {other:?}"))),
        };
        Ok(Action::Call(session, call))
    }

    fn socket(&self, session: SessionId, side: &str, kind: &str, family: &str) -> Result<Action, Fault> {
        let snapshot = self.shared.port.snapshot(session).ok_or_else(Fault::unknown_session)?;
        let usable = snapshot.state == SessionState::Connected || snapshot.phase == Phase::Trial;
        let access_point = match side {
            "active" => snapshot.active.filter(|_| usable),
            "candidate" => snapshot.candidate,
            _ => return Err(Fault::new(FaultKind::InvalidArgument, format!("side: {side:?} is not one of active, candidate"))),
        };
        let carrier = access_point.and_then(|id| self.shared.port.carrier(id));
        let carrier = carrier.ok_or_else(|| Fault::new(FaultKind::NoCarrier, format!("the session has no {side} link that is up")))?;
        let socket = socket::open(&carrier, kind, family)?;
        Ok(Action::Socket(socket, carrier.interface))
    }

    /// A property, or all of them. What is no session of the caller's does not exist for those who may not observe.
    async fn get(&self, object: Object, interface: &str, property: Option<&str>, message: &Message) -> Result<Action, Fault> {
        let unknown = |property: &str| Fault::standard(Standard::UnknownProperty, format!("no property is called {property:?}"));
        match object {
            Object::Session(session) => {
                if !self.shared.registry.is_owner(session, &self.client) {
                    self.may(Act::Observe, message).await.map_err(|_| Fault::unknown_session())?;
                }
                check_interface(object, interface)?;
                let property = property.map(|name| Property::from_word(name).ok_or_else(|| unknown(name))).transpose()?;
                Ok(Action::Read(Read::Session(session, property)))
            }
            Object::Manager | Object::Sessions | Object::Way(_) => {
                check_interface(object, interface)?;
                let named = |name: &str| ManagerProperty::ALL.iter().find(|(_, own)| *own == name).map(|(property, _)| *property);
                let property = property.map(|name| named(name).ok_or_else(|| unknown(name))).transpose()?;
                Ok(Action::Read(Read::Manager(property)))
            }
        }
    }

    async fn introspect(&self, object: Object, message: &Message) -> Result<Action, Fault> {
        nothing(&message.body())?;
        let children = match object {
            Object::Way(next) => vec![next.to_owned()],
            Object::Manager => vec!["session".to_owned()],
            Object::Sessions => {
                let seen = match self.sees(false).await {
                    Sees::All => self.shared.registry.sessions(),
                    Sees::Own => self.shared.registry.sessions_of(&self.client),
                };
                seen.into_iter().map(|session| format!("{}_{}", session.index, session.generation)).collect()
            }
            Object::Session(session) => {
                if !self.shared.registry.is_owner(session, &self.client) {
                    self.may(Act::Observe, message).await.map_err(|_| Fault::unknown_session())?;
                    self.shared.port.snapshot(session).ok_or_else(Fault::unknown_session)?;
                }
                Vec::new()
            }
        };
        Ok(Action::Text(xml::node(object.interface(), children)))
    }

    /// A configuration by its name.
    fn configuration(&self, name: &str) -> Result<ConfigurationId, Fault> {
        let most = self.shared.limits.name;
        if name.len() > most {
            return Err(Fault::new(FaultKind::LimitExceeded, format!("a name of {} bytes: no more than {most}", name.len())));
        }
        self.shared.port.id_of(name).ok_or_else(|| Fault::unknown_configuration(name))
    }

    async fn may(&self, act: Act, message: &Message) -> Result<(), Fault> {
        match self.shared.authority.check(&self.client.subject, act, is_interactive(message)).await {
            Verdict::Allowed => Ok(()),
            Verdict::Denied(reason) => {
                let subject = &self.client.subject;
                tracing::debug!(uid = subject.uid, pid = subject.pid, act = act.name(), %reason, "refused");
                Err(Fault::new(FaultKind::NotAuthorised, reason))
            }
        }
    }

    async fn sees(&self, interactive: bool) -> Sees {
        match self.shared.authority.check(&self.client.subject, Act::Observe, interactive).await {
            Verdict::Allowed => Sees::All,
            Verdict::Denied(_) => Sees::Own,
        }
    }
}

fn check_interface(object: Object, interface: &str) -> Result<(), Fault> {
    if object.interface() == Some(interface) {
        return Ok(());
    }
    let own = object.interface().unwrap_or("nothing");
    Err(Fault::standard(Standard::UnknownInterface, format!("{interface:?} has no properties here, {own} has")))
}

/// The arguments of a call.
fn args<'a, T: DynamicDeserialize<'a>>(body: &'a Body) -> Result<T, Fault> {
    body.deserialize().map_err(|error| {
        Fault::standard(Standard::InvalidArgs, format!("arguments of types \"{}\": {error}", body.signature().to_string_no_parens()))
    })
}

/// Makes sure that a call has no arguments.
fn nothing(body: &Body) -> Result<(), Fault> {
    if body.is_empty() { Ok(()) } else { Err(Fault::standard(Standard::InvalidArgs, "this method takes no arguments")) }
}

/// The machine's id, as D-Bus asks every peer to tell; empty if there is none.
fn machine_id() -> String {
    let read = |file| std::fs::read_to_string(file).ok();
    read("/etc/machine-id").or_else(|| read("/var/lib/dbus/machine-id")).unwrap_or_default().trim().to_owned()
}
