use trunnel_model::secret::Secret;

#[test]
fn a_secret_shows_nothing_of_itself() {
    let secret = Secret::new("hunter2");
    assert_eq!(format!("{secret:?}"), "Secret(***)");
    assert_eq!(secret.expose(), "hunter2");
}
