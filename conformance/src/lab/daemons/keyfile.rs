//! How does a connection profile of NetworkManager look? A keyfile, as an administrator would write it (nm-settings-keyfile(5)).

use crate::lab::{LabError, Plug};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, Permissions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const DIRECTORY: &str = "/etc/NetworkManager/system-connections";

/// A connection profile of an access point. Not activated by NetworkManager itself, unless told to be.
#[derive(Debug, Clone)]
pub struct Keyfile {
    id: String,
    uuid: String,
    sections: BTreeMap<&'static str, BTreeMap<String, String>>,
}

impl Keyfile {
    /// A profile of this name (`connection.id`) for the interface of an access point, without addresses. Its UUID follows from
    /// the name.
    #[must_use]
    pub fn new(id: &str, plug: &Plug) -> Self {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let uuid = format!("6e657473-6573-4000-8000-{:012x}", hasher.finish() >> 16);
        let this = Self { id: id.into(), uuid: uuid.clone(), sections: BTreeMap::new() };
        let this = this.set("connection", "id", id).set("connection", "uuid", &uuid).set("connection", "type", "ethernet");
        let this = this.set("connection", "interface-name", &plug.name).set("connection", "autoconnect", "false");
        this.set("ipv4", "method", "disabled").set("ipv6", "method", "disabled")
    }

    /// With the addresses and gateways of the access point, of both families.
    #[must_use]
    pub fn fixed(id: &str, plug: &Plug) -> Self {
        let address = |(address, prefix), gateway| format!("{address}/{prefix},{gateway}");
        let this = Self::new(id, plug).set("ipv4", "method", "manual").set("ipv6", "method", "manual");
        let this = this.set("ipv4", "address1", &address(plug.v4, plug.gateway_v4));
        this.set("ipv6", "address1", &address(plug.v6, plug.gateway_v6))
    }

    /// With an IPv4 lease from a DHCP server.
    #[must_use]
    pub fn dhcp(id: &str, plug: &Plug) -> Self {
        Self::new(id, plug).set("ipv4", "method", "auto")
    }

    /// With IPv6 addresses from router advertisements.
    #[must_use]
    pub fn slaac(id: &str, plug: &Plug) -> Self {
        Self::new(id, plug).set("ipv6", "method", "auto").set("ipv6", "addr-gen-mode", "eui64").set("ipv6", "ip6-privacy", "0")
    }

    /// Behind 802.1X (EAP-MD5), as this user.
    #[must_use]
    pub fn authenticated(self, identity: &str, password: &str) -> Self {
        self.set("802-1x", "eap", "md5").set("802-1x", "identity", identity).set("802-1x", "password", password)
    }

    /// Sets one key.
    #[must_use]
    pub fn set(mut self, section: &'static str, key: &str, value: &str) -> Self {
        self.sections.entry(section).or_default().insert(key.into(), value.into());
        self
    }

    /// With another UUID.
    #[must_use]
    pub fn with_uuid(mut self, uuid: &str) -> Self {
        self.uuid = uuid.into();
        self.set("connection", "uuid", uuid)
    }

    /// The name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What identifies it, also after NetworkManager was started again.
    #[must_use]
    pub fn uuid(&self) -> &str {
        &self.uuid
    }

    /// Where it is, or will be.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        Path::new(DIRECTORY).join(format!("{}.nmconnection", self.id))
    }

    /// Writes it. A NetworkManager that is running does not notice by itself.
    pub(super) fn write(&self) -> Result<(), LabError> {
        let write = || {
            fs::create_dir_all(DIRECTORY)?;
            fs::write(self.path(), self.to_string())?;
            // others could read the password: NetworkManager refuses such a file
            fs::set_permissions(self.path(), Permissions::from_mode(0o600))
        };
        write().map_err(LabError::system(format!("write the profile `{}`", self.id)))
    }
}

impl fmt::Display for Keyfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sections.iter().try_for_each(|(section, keys)| {
            writeln!(f, "[{section}]")?;
            keys.iter().try_for_each(|(key, value)| writeln!(f, "{key}={value}"))
        })
    }
}
