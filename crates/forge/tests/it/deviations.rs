//! Where a connector goes another way than the facts, and why: the fact's slug, how
//! the difference begins, the reason.

pub(crate) const OTHER_WAYS: &[(&str, &str, &str)] = &[
    (
        "airtable",
        "base_url",
        "The version is part of the base URL.",
    ),
    (
        "airtable-pat",
        "base_url",
        "The version is part of the base URL.",
    ),
    ("asana", "base_url", "The version is part of the base URL."),
    ("box", "base_url", "The version is part of the base URL."),
    (
        "mailchimp",
        "base_url",
        "The version is part of the base URL.",
    ),
    ("notion", "base_url", "The version is part of the base URL."),
    (
        "shopify",
        "base_url",
        "The version is part of the base URL.",
    ),
    (
        "shopify-api-key",
        "base_url",
        "The version is part of the base URL.",
    ),
    (
        "shopify-cc",
        "base_url",
        "The version is part of the base URL.",
    ),
    ("trello", "base_url", "The version is part of the base URL."),
    ("xero", "base_url", "The version is part of the base URL."),
    (
        "xero-oauth2-cc",
        "base_url",
        "The version is part of the base URL.",
    ),
    (
        "bamboohr",
        "base_url",
        "BambooHR has moved from the gateway to the company's own host.",
    ),
    (
        "bamboohr-basic",
        "base_url",
        "BambooHR has moved from the gateway to the company's own host.",
    ),
    (
        "docusign",
        "base_url",
        "An account has a host of its own, which the provider tells at the connect.",
    ),
    (
        "github-app-oauth",
        "authorization_url",
        "The authorization code flow of a GitHub App, without the installation page before it.",
    ),
    (
        "hubspot",
        "token_url",
        "The v1 endpoint ends in February 2027.",
    ),
    (
        "jira",
        "base_url",
        "A site is reached through its cloud id.",
    ),
    (
        "microsoft-teams",
        "authorization_url",
        "A tenant can be named; without one it is `common`, as in the facts.",
    ),
    (
        "microsoft-teams",
        "token_url",
        "A tenant can be named; without one it is `common`, as in the facts.",
    ),
    (
        "one-drive",
        "authorization_url",
        "A tenant can be named; without one it is `common`, as in the facts.",
    ),
    (
        "one-drive",
        "token_url",
        "A tenant can be named; without one it is `common`, as in the facts.",
    ),
    (
        "outlook",
        "authorization_url",
        "A tenant can be named; without one it is `common`, as in the facts.",
    ),
    (
        "outlook",
        "token_url",
        "A tenant can be named; without one it is `common`, as in the facts.",
    ),
    (
        "netsuite",
        "base_url",
        "The base is above `record`, so that queries are below it, too.",
    ),
    (
        "netsuite-client-credentials",
        "base_url",
        "The base is above `record`, so that queries are below it, too.",
    ),
    (
        "netsuite-tba",
        "base_url",
        "The base is above `record`, so that queries are below it, too.",
    ),
    (
        "sellercloud",
        "token_url",
        "The customer names the server that the facts look up by the team's name.",
    ),
    (
        "sendgrid",
        "base_url",
        "The region can be chosen; without one it is the host of the facts.",
    ),
    ("twilio", "base_url", "Every path is below the account."),
    (
        "workday",
        "base_url",
        "REST, reports and SOAP are all below `ccx`.",
    ),
    (
        "workday-cc",
        "base_url",
        "REST, reports and SOAP are all below `ccx`.",
    ),
    (
        "workday-oauth",
        "base_url",
        "REST, reports and SOAP are all below `ccx`.",
    ),
    (
        "workday-refresh-token",
        "base_url",
        "REST, reports and SOAP are all below `ccx`.",
    ),
];
