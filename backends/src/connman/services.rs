//! Which services are there now? A list kept by signals and answers, each taken at its place in the stream of messages.
//!
//! `Manager.ServicesChanged` comes 100 ms after what it tells of (measured on ConnMan 1.41), but is written when it is sent: at its
//! place it is true, and the only one to tell the order. Until it has told of a new service, ConnMan sends no `PropertyChanged` of it.

use super::service::{Properties, Service, State};
use zbus::OwnedVariant;

/// The services, in ConnMan's order: the first connected one has the default route.
#[derive(Debug, Clone, Default)]
pub(super) struct Services {
    known: Vec<Service>,
    /// Services that came and did not say anything of themselves yet.
    blank: Vec<String>,
}

impl Services {
    /// All there are, in order (`Manager.GetServices`).
    pub(super) fn replace(&mut self, all: Vec<(String, Properties)>) {
        self.blank.clear();
        self.known.clear();
        for (id, properties) in all {
            let mut service = Service::new(&id);
            service.replace(properties);
            self.known.push(service);
        }
    }

    /// A service came; it says nothing of itself until it is asked or `ServicesChanged` comes.
    pub(super) fn appeared(&mut self, id: &str) {
        if self.get(id).is_none() && !self.blank.iter().any(|other| other == id) {
            self.blank.push(id.into());
        }
    }

    /// A service went.
    pub(super) fn vanished(&mut self, id: &str) {
        self.known.retain(|service| service.id != id);
        self.blank.retain(|other| other != id);
    }

    /// All properties of a service, if it is still there.
    pub(super) fn properties(&mut self, id: &str, properties: Properties) {
        if let Some(place) = self.blank.iter().position(|other| other == id) {
            self.blank.remove(place);
            self.known.push(Service::new(id));
        }
        if let Some(service) = self.known.iter_mut().find(|service| service.id == id) {
            service.replace(properties);
        }
    }

    /// A property of a service changed.
    pub(super) fn changed(&mut self, id: &str, name: &str, value: OwnedVariant) {
        if let Some(service) = self.known.iter_mut().find(|service| service.id == id) {
            service.change(name, value);
        }
    }

    /// The order, with the properties of services that are new in it, and which ones went (`Manager.ServicesChanged`).
    pub(super) fn ordered(&mut self, order: Vec<(String, Properties)>, removed: &[String]) {
        for id in removed.iter().filter(|id| !order.iter().any(|(other, _)| other == *id)) {
            self.vanished(id);
        }
        let mut before = std::mem::take(&mut self.known);
        for (id, properties) in order {
            let place = before.iter().position(|service| service.id == id);
            match (place.map(|place| before.remove(place)), properties.is_empty()) {
                (Some(service), true) => self.known.push(service),
                (None, true) => self.appeared(&id),
                (service, false) => {
                    let mut service = service.unwrap_or_else(|| Service::new(&id));
                    service.replace(properties);
                    self.blank.retain(|other| *other != id);
                    self.known.push(service);
                }
            }
        }
        self.known.extend(before);
    }

    /// The service of this identifier.
    pub(super) fn get(&self, id: &str) -> Option<&Service> {
        self.known.iter().find(|service| service.id == id)
    }

    /// All of which something is known, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Service> {
        self.known.iter()
    }

    /// Those that came and did not say anything of themselves yet.
    pub(super) fn unknown(&self) -> Vec<String> {
        self.blank.clone()
    }

    /// Identifiers of the connected ones, in order.
    pub(super) fn connected(&self) -> Vec<String> {
        self.iter().filter(|service| service.state.is_connected()).map(|service| service.id.clone()).collect()
    }

    /// State of a service; idle if it is not there.
    pub(super) fn state(&self, id: &str) -> State {
        self.get(id).map_or(State::Idle, |service| service.state)
    }
}

#[cfg(test)]
mod tests {
    use super::super::service::tests::properties;
    use super::*;
    use zbus::Variant;

    fn state(name: &'static str) -> Properties {
        properties([("State", name.into())])
    }

    fn order(services: &Services) -> Vec<&str> {
        services.iter().map(|service| service.id.as_str()).collect()
    }

    #[test]
    fn a_service_that_comes_is_unknown_until_it_was_asked() {
        let mut services = Services::default();
        services.appeared("a");
        services.appeared("a");
        assert_eq!(services.get("a"), None);
        services.properties("a", state("ready"));
        assert_eq!(services.state("a"), State::Ready);
        services.appeared("a");
        assert_eq!(services.state("a"), State::Ready, "it was there before");
        services.vanished("a");
        services.properties("a", state("ready"));
        assert_eq!(services.get("a"), None, "an answer does not bring back what went");
    }

    #[test]
    fn services_changed_tells_the_order_and_what_went() {
        let mut services = Services::default();
        services.replace(vec![("a".into(), state("ready")), ("b".into(), state("ready")), ("c".into(), state("idle"))]);
        let same = Properties::new;
        services.ordered(vec![("b".into(), same()), ("a".into(), same()), ("d".into(), state("idle"))], &["c".into()]);
        assert_eq!(order(&services), ["b", "a", "d"]);
        assert_eq!(services.state("a"), State::Ready);
        // gone and back before it was told
        services.ordered(vec![("a".into(), same()), ("b".into(), same())], &["a".into(), "d".into()]);
        assert_eq!(order(&services), ["a", "b"]);
        services.changed("b", "State", Variant::from("online").try_into_owned().unwrap());
        assert_eq!((services.state("b"), services.connected()), (State::Online, vec!["a".to_owned(), "b".to_owned()]));
    }
}
