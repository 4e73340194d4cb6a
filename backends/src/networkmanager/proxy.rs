//! How is NetworkManager asked something? One function a method of its D-Bus API, causes instead of error names.

use super::objects::{ACTIVE, DEVICE, MANAGER, Managed, PROFILE, Profile, Properties, TOLD, WIRELESS};
use netsession_fsm::words::Cause;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::time::Duration;
use zbus::message::Sequence;
use zbus::{Connection, Message, MessageStream, ObjectPath, OwnedObjectPath, OwnedVariant, Variant};

/// Its name on the bus.
pub(super) const NAME: &str = MANAGER;
const ROOT: &str = "/org/freedesktop/NetworkManager";
const MANAGER_OF_OBJECTS: &str = "/org/freedesktop";
const NOWHERE: &str = "/";
/// How long a method may take: what libdbus and GLib wait as well.
const PATIENCE: Duration = Duration::from_secs(25);
/// Messages the connection may queue while the task is busy; it is never busy for long.
const QUEUE: NonZeroUsize = NonZeroUsize::new(4096).expect("not zero");
/// The bus itself.
const BUS: &str = "org.freedesktop.DBus";
const BUS_PATH: &str = "/org/freedesktop/DBus";

/// Settings of a connection profile: groups of keys.
pub(super) type Settings = HashMap<String, Properties>;

/// A connection to the system bus that hears everything NetworkManager says.
#[derive(Debug, Clone)]
pub(super) struct Bus(pub(super) Connection);

impl Bus {
    /// Connects, and subscribes before anything is asked.
    pub(super) async fn connect() -> zbus::Result<(Self, MessageStream)> {
        let connection = zbus::connection::Builder::system().method_timeout(PATIENCE).max_queued(QUEUE).build().await?;
        // one stream, so that the order of signals is the bus's
        let stream = MessageStream::from(&connection);
        let bus = Self(connection);
        for rule in rules() {
            bus.0.call_method(Some(BUS), BUS_PATH, Some(BUS), "AddMatch", &(rule,)).await?;
        }
        Ok((bus, stream))
    }

    /// Whether somebody has the name.
    pub(super) async fn runs(&self) -> zbus::Result<bool> {
        self.0.call_method(Some(BUS), BUS_PATH, Some(BUS), "NameHasOwner", &(NAME,)).await?.body().deserialize()
    }

    /// Every object, the answer's place in the stream of messages, and who answered.
    pub(super) async fn managed(&self) -> zbus::Result<(Sequence, Managed, String)> {
        let reply = self.call(MANAGER_OF_OBJECTS, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", &()).await?;
        let daemon = crate::left::name_for_good(&self.0, &reply);
        Ok((reply.recv_position(), reply.body().deserialize()?, daemon))
    }

    /// The settings of a profile.
    pub(super) async fn profile(&self, path: &str) -> zbus::Result<Profile> {
        let settings: Settings = self.call(path, PROFILE, "GetSettings", &()).await?.body().deserialize()?;
        Ok(profile(settings))
    }

    /// Activates a profile; gives the path of the active connection.
    pub(super) async fn activate(&self, profile: &str, device: Option<&str>) -> zbus::Result<String> {
        let paths = (ObjectPath::try_from(profile)?, ObjectPath::try_from(device.unwrap_or(NOWHERE))?, ObjectPath::try_from(NOWHERE)?);
        let active: OwnedObjectPath = self.call(ROOT, MANAGER, "ActivateConnection", &paths).await?.body().deserialize()?;
        Ok(active.to_string())
    }

    /// Deactivates an active connection.
    pub(super) async fn deactivate(&self, active: &str) -> zbus::Result<()> {
        self.call(ROOT, MANAGER, "DeactivateConnection", &(ObjectPath::try_from(active)?,)).await.map(drop)
    }

    /// Gives a device's routes other metrics, until it is deactivated: the settings that are applied to it, changed and applied again.
    pub(super) async fn reapply(&self, device: &str, metrics: [i64; 2]) -> zbus::Result<()> {
        let (mut settings, version): (Settings, u64) =
            self.call(device, DEVICE, "GetAppliedConnection", &(0_u32,)).await?.body().deserialize()?;
        for (group, metric) in ["ipv4", "ipv6"].into_iter().zip(metrics) {
            if let Some(group) = settings.get_mut(group) {
                group.insert("route-metric".into(), OwnedVariant::from(metric));
            }
        }
        self.call(device, DEVICE, "Reapply", &(settings, version, 0_u32)).await.map(drop)
    }

    /// Has a wireless device scan.
    pub(super) async fn scan(&self, device: &str) -> zbus::Result<()> {
        self.call(device, WIRELESS, "RequestScan", &(HashMap::<&str, Variant<'_>>::new(),)).await.map(drop)
    }

    async fn call<B>(&self, path: &str, interface: &str, method: &str, body: &B) -> zbus::Result<Message>
    where
        B: serde::Serialize + zbus::DynamicType,
    {
        self.0.call_method(Some(NAME), path, Some(interface), method, body).await
    }
}

/// Which signals are to be brought: those that matter, and not those of every access point that is seen better or worse.
fn rules() -> impl Iterator<Item = String> {
    let owner = format!("type='signal',sender='{BUS}',interface='{BUS}',member='NameOwnerChanged',arg0='{NAME}'");
    let of = |interface: &str, more: &str| format!("type='signal',sender='{NAME}',interface='{interface}'{more}");
    let objects = of("org.freedesktop.DBus.ObjectManager", "");
    let states = [ACTIVE, DEVICE].map(|interface| of(interface, ",member='StateChanged'"));
    let updated = of(PROFILE, ",member='Updated'");
    let properties =
        TOLD.map(|interface| of("org.freedesktop.DBus.Properties", &format!(",member='PropertiesChanged',arg0='{interface}'")));
    [owner, objects, updated].into_iter().chain(states).chain(properties)
}

/// What of a profile's settings matters here.
fn profile(mut settings: Settings) -> Profile {
    fn get<T: TryFrom<OwnedVariant>>(settings: &mut Settings, group: &str, key: &str) -> Option<T> {
        settings.get_mut(group)?.remove(key).and_then(|value| T::try_from(value).ok())
    }
    let settings = &mut settings;
    let interface: Option<String> = get(settings, "connection", "interface-name");
    let port = ["controller", "master"].iter().any(|key| get::<String>(settings, "connection", key).is_some_and(|of| !of.is_empty()));
    Profile {
        uuid: get(settings, "connection", "uuid").unwrap_or_default(),
        id: get(settings, "connection", "id").unwrap_or_default(),
        kind: get(settings, "connection", "type").unwrap_or_default(),
        interface: interface.filter(|name| !name.is_empty()),
        autoconnect: get(settings, "connection", "autoconnect").unwrap_or(true),
        port,
        metered: get(settings, "connection", "metered").and_then(|metered: i32| metered.try_into().ok()).unwrap_or_default(),
        metrics: ["ipv4", "ipv6"].map(|group| get(settings, group, "route-metric").unwrap_or(-1)),
        methods: ["ipv4", "ipv6"].map(|group| get(settings, group, "method").unwrap_or_default()),
    }
}

/// What a refusal means for a session.
pub(super) fn cause(error: &zbus::Error) -> Cause {
    let name = match error {
        zbus::Error::MethodError(name, _, _) => name.as_str(),
        zbus::Error::FDO(error) => match **error {
            zbus::fdo::Error::AccessDenied(_) | zbus::fdo::Error::AuthFailed(_) => return Cause::NotAuthorised,
            zbus::fdo::Error::NoReply(_) | zbus::fdo::Error::Timeout(_) | zbus::fdo::Error::TimedOut(_) => return Cause::Timeout,
            zbus::fdo::Error::ServiceUnknown(_) | zbus::fdo::Error::NameHasNoOwner(_) | zbus::fdo::Error::Disconnected(_) => {
                return Cause::BackendGone;
            }
            _ => return Cause::Unknown,
        },
        zbus::Error::InputOutput(error) if error.kind() == std::io::ErrorKind::TimedOut => return Cause::Timeout,
        zbus::Error::InputOutput(_) | zbus::Error::Connection(..) => return Cause::BackendGone,
        _ => return Cause::Unknown,
    };
    match name.rsplit('.').next().unwrap_or_default() {
        "PermissionDenied" => Cause::NotAuthorised,
        "UnknownConnection" => Cause::Removed,
        "UnknownDevice" => Cause::Vanished,
        "ConnectionNotAvailable" => Cause::NotAvailable,
        "NoSecrets" => Cause::Authentication,
        _ => Cause::Unknown,
    }
}

/// Whether an active connection that was to be ended had ended before.
pub(super) fn is_over(error: &zbus::Error) -> bool {
    matches!(error, zbus::Error::MethodError(name, _, _) if name.as_str().ends_with(".ConnectionNotActive"))
}

/// Whether an activation was called off by NetworkManager itself: it says so with the error it has for missing permission (measured
/// on 1.42.4, where a device loses its carrier in that moment).
pub(super) fn is_cancelled(error: &zbus::Error) -> bool {
    matches!(error, zbus::Error::MethodError(name, Some(text), _) if name.as_str().ends_with(".PermissionDenied") && text.contains("cancelled"))
}
