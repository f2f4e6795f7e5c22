import { useMay, useSignedIn } from '@/app/session'
import { Notice, Page } from '@/ui'
import { FirstCall } from './FirstCall'
import { KeyCard } from './KeyCard'
import { LlmProviderCard } from './LlmProviderCard'
import { SharedClientsCard } from './SharedClientsCard'

/** The keys of both environments, side by side so that nobody takes one for the other. */
export function CredentialsPage() {
  const mayReadKeys = useMay('keys.read')
  const mayReadSettings = useMay('settings.read')
  return (
    <Page
      title="Credentials"
      description="The API keys with which your server calls Trunnel, one for each environment. The key decides the environment: nothing else in a request does."
    >
      {!mayReadKeys && <NoKeys />}
      <KeyCard environment="test" />
      <KeyCard environment="live" />
      {mayReadKeys && <FirstCall />}
      {mayReadSettings && <SharedClientsCard />}
      {mayReadSettings && <LlmProviderCard />}
    </Page>
  )
}

function NoKeys() {
  const { member } = useSignedIn()
  return (
    <Notice title="Your role does not see API keys.">
      You are here as <code>{member.role}</code>. Owners, admins and developers can read and
      regenerate keys; ask one of them, or for another role.
    </Notice>
  )
}
