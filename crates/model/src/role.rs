//! What a member of an organization may do: five roles, and what each of them holds.
//!
//! This is data. The server asks it before every call of the Console, the Console
//! shows it, and the documentation is compared with it.

macro_rules! roles {
    ($($name:ident = $wire:literal, $label:literal, $description:literal;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Role { $($name),+ }

        impl Role {
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word on the wire and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $wire),+ }
            }

            /// What people call it.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label),+ }
            }

            pub const fn description(self) -> &'static str {
                match self { $(Self::$name => $description),+ }
            }
        }
    };
}

roles! {
    Owner = "owner", "Owner",
        "Everything, and making another member the owner. There is exactly one.";
    Admin = "admin", "Admin",
        "Everything but touching the owner.";
    Developer = "developer", "Developer",
        "Connectors, keys, webhooks and all that customers have; not members and not the organization.";
    Solutions = "solutions", "Solutions",
        "Customers, their connections and the logs; no keys and no configuration.";
    External = "external", "External",
        "Looks at apps, customers and logs, and changes nothing.";
}

impl Role {
    /// # Errors
    /// When no role is called so.
    pub fn parse(text: &str) -> Result<Self, UnknownRole> {
        let mut all = Self::ALL.iter().copied();
        all.find(|role| role.as_str() == text).ok_or(UnknownRole)
    }

    pub fn may(self, permission: Permission) -> bool {
        permission.roles().contains(&self)
    }

    /// What this role holds, in the order of the list.
    pub fn permissions(self) -> impl Iterator<Item = Permission> {
        let all = Permission::ALL.iter().copied();
        all.filter(move |permission| self.may(*permission))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("one of owner, admin, developer, solutions and external")]
pub struct UnknownRole;

const OWNER: &[Role] = &[Role::Owner];
const ADMINS: &[Role] = &[Role::Owner, Role::Admin];
const DEVELOPERS: &[Role] = &[Role::Owner, Role::Admin, Role::Developer];
const TEAM: &[Role] = &[Role::Owner, Role::Admin, Role::Developer, Role::Solutions];
const EVERYONE: &[Role] = Role::ALL;

macro_rules! permissions {
    ($($name:ident = $wire:literal, $group:literal, $label:literal, $roles:ident;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Permission { $($name),+ }

        impl Permission {
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $wire),+ }
            }

            /// The heading it stands under.
            pub const fn group(self) -> &'static str {
                match self { $(Self::$name => $group),+ }
            }

            /// What it allows, said to people.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label),+ }
            }

            /// Who holds it.
            pub const fn roles(self) -> &'static [Role] {
                match self { $(Self::$name => $roles),+ }
            }
        }
    };
}

permissions! {
    AppsRead = "apps.read", "Apps", "See connectors and their settings", EVERYONE;
    ConnectorsWrite = "connectors.write", "Apps", "Change connectors and custom apps", DEVELOPERS;
    AccountsRead = "accounts.read", "Customers", "See linked accounts and connections", EVERYONE;
    AccountsWrite = "accounts.write", "Customers",
        "Change linked accounts and connections, import them, and make tokens and links for them",
        TEAM;
    ActionsRun = "actions.run", "Customers", "Run actions and call apps through proxies", TEAM;
    LogsRead = "logs.read", "Logs", "See deliveries, timelines and trigger events", EVERYONE;
    DeliveriesReplay = "deliveries.replay", "Logs", "Replay deliveries and send test events", TEAM;
    KeysRead = "keys.read", "Keys", "See which API keys there are", DEVELOPERS;
    KeysReveal = "keys.reveal", "Keys", "See an API key's value", DEVELOPERS;
    KeysRotate = "keys.rotate", "Keys", "Replace an API key", DEVELOPERS;
    WebhooksRead = "webhooks.read", "Webhooks", "See webhooks", TEAM;
    WebhooksWrite = "webhooks.write", "Webhooks", "Change webhooks and replace their secrets", DEVELOPERS;
    ApiProxiesRead = "api_proxies.read", "My App", "See API proxies and My App authentication", TEAM;
    ApiProxiesWrite = "api_proxies.write", "My App",
        "Change API proxies and My App authentication", DEVELOPERS;
    AuditRead = "audit.read", "Organization", "See who did what", EVERYONE;
    UsageRead = "usage.read", "Organization", "See how much is used", EVERYONE;
    MembersRead = "members.read", "Organization", "See members and roles", EVERYONE;
    MembersWrite = "members.write", "Organization",
        "Invite and remove members, change their roles, lift locks and make reset links", ADMINS;
    SettingsRead = "settings.read", "Settings", "See settings of the organization and the portal", TEAM;
    SettingsWrite = "settings.write", "Settings",
        "Change the organization, its apps, its policy and its LLM provider", ADMINS;
    PortalWrite = "portal.write", "Settings", "Change the Connect portal", DEVELOPERS;
    OrganizationTransfer = "organization.transfer", "Organization",
        "Make another member the owner", OWNER;
}

impl Permission {
    /// # Errors
    /// When no permission is called so.
    pub fn parse(text: &str) -> Result<Self, UnknownPermission> {
        let mut all = Self::ALL.iter().copied();
        all.find(|permission| permission.as_str() == text)
            .ok_or(UnknownPermission)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no permission is called so")]
pub struct UnknownPermission;
