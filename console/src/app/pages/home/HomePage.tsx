import { useScope } from '@/app/scope'
import { useMay, useSignedIn } from '@/app/session'
import { Notice, Page } from '@/ui'
import { AtRisk } from './AtRisk'
import { Figures } from './Figures'
import { FirstSteps } from './FirstSteps'
import { GoLiveCard } from './GoLiveCard'

/** Where a developer starts: what is still to be done here, then how much is going on. */
export function HomePage() {
  const { appId, environment, environmentName } = useScope()
  const { apps } = useSignedIn()
  // The steps are for those who can take them.
  const mayBuild = useMay('accounts.write')
  const mayReadUsage = useMay('usage.read')
  const mayReadAccounts = useMay('accounts.read')
  const app = apps.find(one => one.id === appId)
  return (
    <Page
      title="Home"
      heading={app ? `${app.name} in ${environmentName}` : environmentName}
      description={
        environment === 'test'
          ? 'Build and try out here. Test accounts and keys never reach your customers.'
          : 'Your customers are here. Everything you do is real.'
      }
    >
      {environment === 'live' && <GoLiveCard />}
      {mayBuild && <FirstSteps />}
      {mayReadUsage ? <Figures /> : <Notice>Your role does not see usage figures.</Notice>}
      {mayReadAccounts && <AtRisk />}
    </Page>
  )
}
