//! How an organization's Connect portal looks, and who may frame it.

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $($variant:ident = $wire:literal),+;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($variant),+ }

        impl $name {
            /// The words on the wire, for messages.
            pub const WORDS: &'static [&'static str] = &[$($wire),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $wire),+ }
            }

            pub fn parse(text: &str) -> Result<Self, UnknownWord> {
                match text { $($wire => Ok(Self::$variant),)+ _ => Err(UnknownWord) }
            }
        }
    )+};
}

words! {
    /// Light or dark, or as the customer's system is.
    Theme: Auto = "auto", Light = "light", Dark = "dark";
    /// The colour of buttons and links.
    Palette: Gray = "gray", Red = "red", Pink = "pink", Purple = "purple", Cyan = "cyan",
        Blue = "blue", Teal = "teal", Green = "green", Yellow = "yellow", Orange = "orange";
    /// Where the navigation is.
    Navigation: Top = "top", Left = "left", Right = "right";
    /// How the applications are shown.
    Collection: List = "list", Card = "card";
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of the words")]
pub struct UnknownWord;

#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own in the Console"
)]
pub struct PortalSettings {
    pub theme: Theme,
    pub palette: Palette,
    pub navigation: Navigation,
    pub collection: Collection,
    pub show_organization: bool,
    pub show_linked_account: bool,
    pub remove_branding: bool,
    /// Whether customers see a connection's history.
    pub connection_log: bool,
    /// Where Finish leads.
    pub redirect_url: Option<String>,
    pub terms_url: Option<String>,
    pub privacy_url: Option<String>,
    /// Who may frame the portal, and where its links may lead back to.
    pub allowed_origins: Vec<String>,
}

impl Default for PortalSettings {
    fn default() -> Self {
        Self {
            theme: Theme::Auto,
            palette: Palette::Gray,
            navigation: Navigation::Top,
            collection: Collection::Card,
            show_organization: true,
            show_linked_account: true,
            remove_branding: false,
            connection_log: true,
            redirect_url: None,
            terms_url: None,
            privacy_url: None,
            allowed_origins: Vec::new(),
        }
    }
}
