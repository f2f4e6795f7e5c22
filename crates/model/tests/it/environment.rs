use trunnel_model::environment::{Environment, UnknownEnvironment};

#[test]
fn both_spellings_are_read_and_each_place_writes_its_own() {
    assert_eq!(Environment::parse("production"), Ok(Environment::Live));
    assert_eq!(Environment::parse("live"), Ok(Environment::Live));
    assert_eq!(Environment::parse("test"), Ok(Environment::Test));
    assert_eq!(Environment::Live.wire(), "production");
    assert_eq!(Environment::Live.to_string(), "live");
    for other in ["", "Test", "staging", "live "] {
        assert_eq!(
            Environment::parse(other),
            Err(UnknownEnvironment),
            "{other}"
        );
    }
}
