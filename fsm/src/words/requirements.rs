//! What a session asks of its access points: five levels on bearer, metering and purpose (SPEC §6.2).

use super::{AccessPoint, Bearer, Metered, Purpose};

/// How much something is wanted. The order is that of wanting: better is smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[repr(u8)]
pub enum Preference {
    /// Only access points that have it.
    Require,
    /// Before others.
    Prefer,
    /// All the same.
    #[default]
    NoPreference,
    /// After others.
    Avoid,
    /// Never.
    Prohibit,
}

/// Levels for each bearer, for metered access points and for each purpose (SPEC §6.2).
///
/// If anything is required, only what is required is admissible within that attribute. What is prohibited never is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct Requirements {
    /// By [`Bearer`], in its numeric order.
    pub bearers: [Preference; 15],
    /// On metered access points ([`Metered::Yes`]); `Require` asks for metered ones only.
    pub metered: Preference,
    /// By [`Purpose`], in the order Unknown, Public, Private, ServiceSpecific.
    pub purposes: [Preference; 4],
}

impl Default for Requirements {
    fn default() -> Self {
        Self::NONE
    }
}

impl Requirements {
    /// Everything is the same.
    pub const NONE: Self =
        Self { bearers: [Preference::NoPreference; 15], metered: Preference::NoPreference, purposes: [Preference::NoPreference; 4] };

    /// The same with another level for one bearer.
    #[must_use]
    pub const fn bearer(mut self, bearer: Bearer, level: Preference) -> Self {
        self.bearers[bearer as usize] = level;
        self
    }

    /// The same with another level for metered access points.
    #[must_use]
    pub const fn metered(mut self, level: Preference) -> Self {
        self.metered = level;
        self
    }

    /// The same with another level for one purpose.
    #[must_use]
    pub const fn purpose(mut self, purpose: Purpose, level: Preference) -> Self {
        self.purposes[purpose as usize] = level;
        self
    }

    /// How an access point fits: `None` if it is not admissible, else its levels, each attribute summed so that smaller is better.
    ///
    /// `Require` and `Prefer` count 0 and 1, `NoPreference` 2, `Avoid` 3, per attribute; the sum orders access points before the
    /// service network's own priority does.
    #[must_use]
    pub fn fit(&self, access_point: &AccessPoint) -> Option<u8> {
        let bearer = level(&self.bearers, access_point.bearer as usize)?;
        let purpose = level(&self.purposes, access_point.purpose as usize)?;
        let metered = match (self.metered, access_point.metered) {
            (Preference::Prohibit, Metered::Yes) => return None,
            (Preference::Require, Metered::No | Metered::Unknown) => return None,
            (level, Metered::Yes) => level,
            (_, Metered::No | Metered::Unknown) => Preference::NoPreference,
        };
        Some(bearer as u8 + purpose as u8 + metered as u8)
    }
}

/// The level at `index`, or `None` if it is prohibited or something else is required.
fn level(levels: &[Preference], index: usize) -> Option<Preference> {
    let own = levels[index];
    let required = levels.contains(&Preference::Require);
    match own {
        Preference::Prohibit => None,
        Preference::Require => Some(own),
        Preference::Prefer | Preference::NoPreference | Preference::Avoid => (!required).then_some(own),
    }
}
