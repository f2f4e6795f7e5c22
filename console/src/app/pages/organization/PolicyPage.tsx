import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { consoleApi, unwrap } from '@/api/client'
import { useMembers } from '@/app/pages/member/queries'
import { useMay, useSignedIn } from '@/app/session'
import { Card, Confirm, LoadFault, Notice, Page, Skeleton, Switch, toast } from '@/ui'

const key = ['policy']

/** The rules that hold for every member. */
export function PolicyPage() {
  const policy = useQuery({
    queryKey: key,
    queryFn: () => unwrap(consoleApi.GET('/console/api/policy')),
  })
  return (
    <Page title="Policy" description="Rules that hold for every member of the organization." narrow>
      {policy.error && <LoadFault error={policy.error} onRetry={() => void policy.refetch()} />}
      {policy.isPending && <Skeleton lines={3} />}
      {policy.data && <TwoFactorPolicy enforced={policy.data.enforce_two_factor} />}
    </Page>
  )
}

function TwoFactorPolicy({ enforced }: { enforced: boolean }) {
  const may = useMay('settings.write')
  const { member } = useSignedIn()
  const members = useMembers()
  const client = useQueryClient()
  const [asked, setAsked] = useState<boolean>()
  const save = async () => {
    const body = { enforce_two_factor: asked }
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
        onChange={setAsked}
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
        open={asked !== undefined}
        onClose={() => setAsked(undefined)}
        title={asked ? 'Ask every member for two-factor?' : 'No longer ask for two-factor?'}
        action={asked ? 'Turn on' : 'Turn off'}
        mild={asked}
        onConfirm={save}
      >
        <p>
          {asked
            ? 'It holds at once: members without an authenticator can do nothing in the Console until they have set one up.'
            : 'Members keep the two-factor they have, and may turn it off.'}
          {asked && !member.two_factor && ' You have none yet, so you are asked first.'}
        </p>
      </Confirm>
    </Card>
  )
}
