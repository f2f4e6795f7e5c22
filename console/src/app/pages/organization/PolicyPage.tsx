import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { consoleApi, unwrap } from '@/api/client'
import { NeedsPermission } from '@/app/NeedsPermission'
import { useMembers } from '@/app/pages/member/queries'
import { useMay, useSignedIn } from '@/app/session'
import { Card, Confirm, LoadFault, Notice, Page, Skeleton, Switch, toast } from '@/ui'

const key = ['policy']

/** The rules that hold for every member. */
export const PolicyPage = () => (
  <Page title="Policy" description="Rules that hold for every member of the organization." narrow>
    <NeedsPermission permission="settings.read">
      <Policies />
    </NeedsPermission>
  </Page>
)

function Policies() {
  const policy = useQuery({
    queryKey: key,
    queryFn: () => unwrap(consoleApi.GET('/console/api/policy')),
  })
  if (policy.data) return <TwoFactorPolicy enforced={policy.data.enforce_two_factor} />
  if (policy.isPending) return <Skeleton lines={3} />
  return <LoadFault error={policy.error} onRetry={() => void policy.refetch()} />
}

function TwoFactorPolicy({ enforced }: { enforced: boolean }) {
  const may = useMay('settings.write')
  const { member } = useSignedIn()
  const members = useMembers()
  const client = useQueryClient()
  const [asking, setAsking] = useState(false)
  // Not the opposite of now: the dialog keeps its words while it closes.
  const [wanted, setWanted] = useState(false)
  const ask = (value: boolean) => {
    setWanted(value)
    setAsking(true)
  }
  const save = async () => {
    const body = { enforce_two_factor: wanted }
    client.setQueryData(key, await unwrap(consoleApi.PUT('/console/api/policy', { body })))
    toast('The policy is saved')
  }
  const without = members.data?.filter(other => !other.two_factor).length
  return (
    <Card title="Two-factor sign-in">
      <Switch
        label="Every member needs two-factor"
        help="Who has not set up an authenticator must do so at the next thing they do in the Console, before anything else. Single sign-on does not replace it."
        checked={enforced}
        disabled={!may}
        onChange={ask}
      />
      {without !== undefined && (
        <p>
          {without === 0
            ? 'Every member has two-factor now.'
            : `${without} of ${members.data?.length} members have no two-factor now.`}
        </p>
      )}
      {!may && <Notice>An owner or admin can change the policy.</Notice>}
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={wanted ? 'Ask every member for two-factor?' : 'No longer ask for two-factor?'}
        action={wanted ? 'Turn on' : 'Turn off'}
        mild={wanted}
        onConfirm={save}
      >
        <p>
          {wanted
            ? 'It holds at once: members without an authenticator can do nothing in the Console until they have set one up.'
            : 'Members keep the two-factor they have, and may turn it off.'}
          {wanted && !member.two_factor && ' You have none yet, so you are asked first.'}
        </p>
      </Confirm>
    </Card>
  )
}
