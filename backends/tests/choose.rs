//! Who gets which access point, why, and what is there without a configuration file?

use netsession_backends::choose::{Backend, Connection, Device, Impossible, Interface, Manager, Scene, Service, Services};
use netsession_backends::config::{Config, Realisation};
use netsession_fsm::words::{Bearer, ExecutorId};

/// `eth0` under NetworkManager with the connections home and office, `lan0` under ConnMan, `usb0` under nobody; `wan0` lacks its
/// carrier, `eth9` was taken away from NetworkManager.
fn scene() -> Scene {
    let device = |interface: &str, managed, bearer| Device { interface: interface.to_owned(), managed, bearer };
    let connection = |uuid: &str, id: &str, bearer| Connection { uuid: uuid.to_owned(), id: id.to_owned(), interface: None, bearer };
    let interface = |name: &str, carrier| Interface { name: name.to_owned(), up: true, carrier, leads_out: true, bearer: Bearer::Ethernet };
    let service = |identifier: &str, name: &str| Service {
        identifier: identifier.to_owned(),
        name: name.to_owned(),
        interface: Some("lan0".to_owned()),
    };
    Scene {
        networkmanager: Ok(Manager {
            version: "1.42.4".to_owned(),
            devices: vec![
                device("eth0", true, Bearer::Ethernet),
                device("eth9", false, Bearer::Ethernet),
                device("wlan0", true, Bearer::Wlan),
            ],
            connections: vec![
                connection("4e3b", "home", Bearer::Wlan),
                connection("77aa", "office", Bearer::Wlan),
                connection("90cc", "twin", Bearer::Ethernet),
                connection("91cc", "twin", Bearer::Vpn),
            ],
        }),
        connman: Ok(Services { services: vec![service("ethernet_1_cable", "Wired"), service("ethernet_2_cable", "Wired")] }),
        interfaces: Ok(vec![
            interface("eth0", true),
            interface("eth9", true),
            interface("lan0", true),
            interface("usb0", true),
            interface("wan0", false),
            Interface { leads_out: false, ..interface("docker0", true) },
        ]),
    }
}

/// The same machine without daemons.
fn bare() -> Scene {
    let there = scene();
    Scene::without_daemons(there.interfaces.expect("interfaces"))
}

fn only_connman() -> Scene {
    Scene { networkmanager: Err("does not run".to_owned()), ..scene() }
}

const ADDRESSES: &str = "addresses = [\"192.0.2.10/24\"]";

fn config(keys: &str) -> Config {
    Config::parse("net.toml", &format!("[[access-point]]\nname = \"it\"\n{keys}\n")).expect("right")
}

/// Who gets it, and why.
fn choice(scene: &Scene, keys: &str) -> (Backend, String) {
    let (chosen, choices) = config(keys).choose(scene, None).expect("somebody");
    let [choice] = choices.as_slice() else { panic!("{choices:?}") };
    assert_eq!(chosen.access_points[0].realisation.backend(), Some(choice.executor));
    assert_eq!(chosen.access_points[0].access_point.executor, choice.executor.id());
    (choice.executor, choice.because.clone())
}

#[test]
fn the_first_that_can_gets_it() {
    use Backend::{Connman, Netlink, NetworkManager, Sim};
    let with = |keys: &str| format!("{keys}\n{ADDRESSES}");
    let no_kernel = Scene { interfaces: Err("has no socket of the kernel: refused".to_owned()), ..bare() };
    let cases = [
        (scene(), "interface = \"eth0\"".to_owned(), NetworkManager, "NetworkManager 1.42.4 manages eth0"),
        (scene(), with("interface = \"eth0\""), NetworkManager, "NetworkManager 1.42.4 manages eth0"),
        (scene(), "connection = \"home\"".to_owned(), NetworkManager, "NetworkManager 1.42.4 has the connection \"home\""),
        (scene(), "connection = \"77aa\"".to_owned(), NetworkManager, "NetworkManager 1.42.4 has the connection \"office\""),
        (
            scene(),
            "connection = \"twin\"".to_owned(),
            NetworkManager,
            "only NetworkManager has connections (NetworkManager 1.42.4 has no connection \"twin\", or several)",
        ),
        (bare(), "connection = \"home\"".to_owned(), NetworkManager, "only NetworkManager has connections (NetworkManager does not run)"),
        (scene(), "interface = \"lan0\"".to_owned(), Connman, "ConnMan has a service on lan0"),
        (scene(), "service = \"ethernet_2_cable\"".to_owned(), Connman, "ConnMan has the service \"ethernet_2_cable\""),
        (
            scene(),
            "service = \"Wired\"".to_owned(),
            Connman,
            "only ConnMan has services (ConnMan has no service \"Wired\" now, or several)",
        ),
        (bare(), "service = \"Wired\"".to_owned(), Connman, "only ConnMan has services (ConnMan does not run)"),
        (
            only_connman(),
            "service = \"gone\"\nconnection = \"home\"".to_owned(),
            Connman,
            "NetworkManager does not run, ConnMan has no service \"gone\" now, or several; it is what runs",
        ),
        (scene(), "service = \"gone\"\ninterface = \"eth0\"".to_owned(), NetworkManager, "NetworkManager 1.42.4 manages eth0"),
        (
            scene(),
            "interface = \"tomorrow0\"".to_owned(),
            NetworkManager,
            "tomorrow0 does not exist now, and NetworkManager takes what appears",
        ),
        (only_connman(), "interface = \"tomorrow0\"".to_owned(), Connman, "tomorrow0 does not exist now, and ConnMan takes what appears"),
        (
            scene(),
            with("interface = \"tomorrow0\""),
            Netlink,
            "NetworkManager 1.42.4 does not manage tomorrow0, ConnMan has no service on tomorrow0",
        ),
        (
            scene(),
            "interface = \"wan0\"".to_owned(),
            Connman,
            "wan0 has no carrier, and ConnMan has no service until it has (NetworkManager 1.42.4 does not manage wan0)",
        ),
        (scene(), with("interface = \"wan0\""), Netlink, "NetworkManager 1.42.4 does not manage wan0, ConnMan has no service on wan0"),
        (scene(), with("interface = \"eth9\""), Netlink, "NetworkManager 1.42.4 does not manage eth9, ConnMan has no service on eth9"),
        (bare(), with("interface = \"usb0\""), Netlink, "NetworkManager does not run, ConnMan does not run"),
        (bare(), with("interface = \"tomorrow0\""), Netlink, "NetworkManager does not run, ConnMan does not run"),
        (
            no_kernel,
            with("interface = \"usb0\""),
            Sim,
            "NetworkManager does not run, ConnMan does not run, and netlink has no socket of the kernel: refused",
        ),
    ];
    for (scene, keys, executor, because) in cases {
        assert_eq!(choice(&scene, &keys), (executor, because.to_owned()), "{keys}");
    }
}

#[test]
fn what_the_file_says_goes_first() {
    let keys = format!("executor = \"netlink\"\ninterface = \"eth0\"\n{ADDRESSES}");
    assert_eq!(choice(&scene(), &keys), (Backend::Netlink, "the configuration file says so".to_owned()));
    for wanted in [Backend::NetworkManager, Backend::Connman, Backend::Netlink] {
        let (_, choices) = config(&keys).choose(&scene(), Some(wanted)).expect("the file says it");
        assert_eq!(choices[0].executor, Backend::Netlink);
        let simulated = config("executor = \"sim\"").choose(&scene(), Some(wanted));
        assert_eq!(simulated.unwrap_err(), Impossible::Simulated { access_point: "it".to_owned(), backend: wanted });
    }
    for keys in [keys.as_str(), "executor = \"connman\"\nservice = \"x\"", "executor = \"sim\"", "interface = \"eth0\""] {
        let (chosen, choices) = config(keys).choose(&bare(), Some(Backend::Sim)).expect("a rehearsal");
        assert_eq!((choices[0].executor, choices[0].is_simulated_by_chance()), (Backend::Sim, false), "{keys}");
        assert!(matches!(chosen.access_points[0].realisation, Realisation::Sim(_)));
    }
}

#[test]
fn only_what_nobody_asked_for_is_simulated_by_chance() {
    let scene = Scene { interfaces: Err("is refused".to_owned()), ..bare() };
    let (_, choices) = config(&format!("interface = \"usb0\"\n{ADDRESSES}")).choose(&scene, None).expect("the simulator");
    assert!(choices[0].is_simulated_by_chance());
    let (_, choices) = config("executor = \"sim\"").choose(&scene, None).expect("the simulator");
    assert!(!choices[0].is_simulated_by_chance());
}

#[test]
fn what_is_asked_for_must_be_possible() {
    use Backend::{Connman, Netlink, NetworkManager};
    let error = |scene: &Scene, keys: &str, wanted| config(keys).choose(scene, Some(wanted)).expect_err(keys).to_string();
    let addressed = format!("interface = \"eth0\"\n{ADDRESSES}");
    assert_eq!(error(&bare(), &addressed, NetworkManager), "NetworkManager does not run");
    assert_eq!(error(&bare(), &addressed, Connman), "ConnMan does not run");
    let unfit = "cannot realise access point \"it\":";
    let expected = format!("NetworkManager {unfit} it names neither a connection nor an interface");
    assert_eq!(error(&scene(), "service = \"x\"", NetworkManager), expected);
    let expected = format!("NetworkManager {unfit} NetworkManager does not manage eth9");
    assert_eq!(error(&scene(), "interface = \"eth9\"", NetworkManager), expected);
    let expected = format!("ConnMan {unfit} it names neither a service nor an interface");
    assert_eq!(error(&scene(), "connection = \"home\"", Connman), expected);
    assert_eq!(error(&scene(), "connection = \"home\"", Netlink), format!("netlink {unfit} it names no interface"));
    for wanted in [NetworkManager, Connman, Netlink] {
        let (_, choices) = config(&addressed).choose(&scene(), Some(wanted)).expect("possible");
        assert_eq!((choices[0].executor, choices[0].asked), (wanted, true));
    }
}

#[test]
fn without_a_file_there_is_what_daemons_know() {
    let config = Config::discovered(&scene(), None);
    let names: Vec<_> = config.access_points.iter().map(|entry| entry.name.as_str()).collect();
    let of_daemons = ["home", "office", "twin", "twin (91cc)", "Wired", "Wired (ethernet_2_cable)"];
    assert_eq!(names[..6], of_daemons);
    let (chosen, choices) = config.choose(&scene(), None).expect("all of them");
    let executors: Vec<_> = choices.iter().take(6).map(|choice| choice.executor).collect();
    let (nm, connman) = (Backend::NetworkManager, Backend::Connman);
    assert_eq!(executors, [nm, nm, nm, nm, connman, connman]);
    // the only device of its kind is the one that both wireless connections share
    let radio = |at: usize| chosen.access_points[at].access_point.radio;
    assert!(radio(0).is_some() && radio(0) == radio(1));
    assert_eq!((radio(2), radio(3)), (None, None));
    assert!(radio(4).is_some() && radio(4) == radio(5) && radio(4) != radio(0));
    let Realisation::NetworkManager(profile) = &chosen.access_points[0].realisation else { panic!("{chosen:?}") };
    assert_eq!((profile.connection.as_deref(), profile.interface.as_deref()), (Some("4e3b"), Some("wlan0")));
    // whoever is asked for alone shows what it knows alone
    let names = |wanted| Config::discovered(&scene(), Some(wanted)).access_points.into_iter().map(|entry| entry.name).collect::<Vec<_>>();
    assert_eq!(names(nm), of_daemons[..4]);
    assert_eq!(names(connman), of_daemons[4..]);
    assert_eq!(Config::discovered(&Scene::without_daemons(Vec::new()), None).access_points, []);
}

#[test]
fn a_radio_that_is_named_is_that_of_the_interface() {
    let text = "[[access-point]]\nname = \"a\"\nconnection = \"home\"\ninterface = \"wlan0\"\nradio = \"own\"\n\
                [[access-point]]\nname = \"b\"\nconnection = \"office\"\ninterface = \"wlan0\"\n\
                [[access-point]]\nname = \"c\"\nconnection = \"4e3b\"\ninterface = \"wlan0\"\n";
    let (chosen, _) = Config::parse("net.toml", text).expect("right").choose(&scene(), None).expect("NetworkManager");
    let radios: Vec<_> = chosen.access_points.iter().map(|entry| entry.access_point.radio.map(|radio| radio.0)).collect();
    assert_eq!(radios, [Some(0), Some(0), Some(0)]);
}

#[tokio::test]
async fn this_machine_is_surveyed_and_left_alone() {
    let before = netsession_backends::choose::survey().await;
    let interfaces = before.interfaces.clone().expect("the kernel says which");
    assert!(interfaces.iter().all(|interface| interface.name != "lo"), "{interfaces:?}");
    assert_eq!(netsession_backends::choose::survey().await.interfaces, before.interfaces);
}

#[test]
fn executors_have_the_ids_of_the_configuration() {
    assert_eq!(Backend::ALL.map(Backend::id), [2, 3, 1, 0].map(ExecutorId));
    assert_eq!(Backend::ALL.map(Backend::name), ["networkmanager", "connman", "netlink", "sim"]);
}
