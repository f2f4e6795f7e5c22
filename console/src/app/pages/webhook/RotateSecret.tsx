import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { consoleApi, unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { useScope } from '@/app/scope'
import { Button, Card, Dialog, Notice, SelectField, Time } from '@/ui'
import { SecretOnce } from '@/ui/SecretOnce'
import { SecretUse } from './SecretUse'
import type { Webhook } from './webhook'

const graces = [
  { value: '0', label: 'At once' },
  { value: '3600', label: 'After an hour' },
  { value: '86400', label: 'After a day' },
  { value: '604800', label: 'After a week' },
]

type Rotated = { secret: string; previous_until: string | null }

/** A new secret; for a while both sign. */
export function RotateSecret({ webhook }: { webhook: Webhook }) {
  const [asking, setAsking] = useState(false)
  const [made, setMade] = useState<Rotated>()
  return (
    <Card
      title="Secret"
      description="What bodies are signed with. It was shown when the webhook was created and cannot be seen again."
    >
      <div>
        <Button onClick={() => setAsking(true)}>
          <KeyRound aria-hidden="true" /> Rotate secret
        </Button>
      </div>
      {asking && (
        <Ask
          webhook={webhook}
          onClose={() => setAsking(false)}
          onMade={rotated => {
            setAsking(false)
            setMade(rotated)
          }}
        />
      )}
      {made && (
        <SecretOnce
          title="The webhook’s new secret"
          secrets={[['Secret', made.secret]]}
          onClose={() => setMade(undefined)}
        >
          <p>
            {made.previous_until ? (
              <>
                The old secret signs beside it and ends <Time at={made.previous_until} />.
              </>
            ) : (
              'The old secret signs no more.'
            )}
          </p>
          <SecretUse />
        </SecretOnce>
      )}
    </Card>
  )
}

type AskProps = { webhook: Webhook; onClose: () => void; onMade: (rotated: Rotated) => void }

function Ask({ webhook, onClose, onMade }: AskProps) {
  const scope = useScope()
  const form = useForm({ grace_s: '86400' }, async ({ grace_s }) => {
    const made = await unwrap(
      consoleApi.POST('/console/api/{app_id}/{environment}/webhook/{id}/rotate-secret', {
        params: { path: { ...scope.path, id: webhook._id } },
        body: { grace_s: Number(grace_s) },
      }),
    )
    onMade(made)
  })
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Rotate the secret in ${scope.environmentName}?`}
      description="Until the old secret ends, bodies carry the signatures of both. Give your receiver the new one in that time."
      onSubmit={() => void form.submit()}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={form.busy}>
            Rotate secret
          </Button>
        </>
      }
    >
      <SelectField
        label="The old secret ends"
        value={form.values.grace_s}
        options={graces}
        error={form.errorOf('grace_s')}
        onChange={value => form.set('grace_s', value)}
      />
      {form.values.grace_s === '0' && (
        <Notice tone="warn">
          A receiver that still has the old secret refuses every body from now on.
        </Notice>
      )}
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
    </Dialog>
  )
}
