import { useQuery } from '@tanstack/react-query'
import { Copy, Eye, EyeOff, RotateCw } from 'lucide-react'
import { useState } from 'react'
import type { Environment, Schema } from '@/api/client'
import { useMay } from '@/app/session'
import {
  Badge,
  Button,
  Card,
  Facts,
  LoadFault,
  Notice,
  Skeleton,
  Time,
  toast,
  writeClipboard,
} from '@/ui'
import style from './Credentials.module.css'
import { environmentNames, keysQuery, usePlace } from './keys'
import { RotateDialog } from './RotateDialog'
import { useReveal } from './useReveal'

type Key = Schema<'ApiKeyView'>

const purposes = {
  test: 'For building and trying out. It reaches test accounts only.',
  live: 'For your production server. It reaches your customers: keep it secret.',
}

/** One environment's key: masked, until somebody asks for it. */
export function KeyCard({ environment }: { environment: Environment }) {
  const may = useMay('keys.read')
  return (
    <div data-environment={environment} className={style.place} data-testid={`key-${environment}`}>
      <Card
        title={
          <span className={style.title}>
            {environmentNames[environment]} key
            <Badge tone="env" dot>
              {environmentNames[environment]}
            </Badge>
          </span>
        }
        description={purposes[environment]}
      >
        {may ? (
          <Keys environment={environment} />
        ) : (
          <p className={style.quiet}>Hidden: your role may not read keys.</p>
        )}
      </Card>
    </div>
  )
}

function Keys({ environment }: { environment: Environment }) {
  const keys = useQuery(keysQuery(usePlace(environment)))
  if (keys.isPending) return <Skeleton lines={3} />
  if (keys.isError) return <LoadFault error={keys.error} onRetry={() => keys.refetch()} />
  const current = keys.data.api_keys.find(key => !key.expires_at)
  const ending = keys.data.api_keys.filter(key => key.expires_at)
  return (
    <>
      <CurrentKey environment={environment} current={current} canReveal={keys.data.can_reveal} />
      {ending.map(key => (
        <EndingKey key={key.id} old={key} />
      ))}
    </>
  )
}

type CurrentKeyProps = { environment: Environment; current: Key | undefined; canReveal: boolean }

function CurrentKey({ environment, current, canReveal }: CurrentKeyProps) {
  const mayReveal = useMay('keys.reveal') && canReveal && current !== undefined
  const mayRotate = useMay('keys.rotate')
  const reveal = useReveal(environment)
  const [rotating, setRotating] = useState(false)
  const name = environmentNames[environment]
  const copy = () =>
    reveal.withKey(async key => {
      await writeClipboard(key)
      toast(`${name} key copied`)
    })
  return (
    <>
      <div className={style.key}>
        <code className={style.value} data-testid="key-value">
          {reveal.key ?? current?.hint ?? 'No key. Regenerate makes one.'}
        </code>
        <div className={style.actions}>
          {mayReveal && !reveal.key && (
            <Button onClick={() => reveal.withKey(() => undefined)} busy={reveal.busy}>
              {!reveal.busy && <Eye aria-hidden="true" />} Reveal
            </Button>
          )}
          {reveal.key && (
            <Button onClick={reveal.hide}>
              <EyeOff aria-hidden="true" /> Hide
            </Button>
          )}
          {(mayReveal || reveal.key) && (
            <Button onClick={copy} disabled={reveal.busy} aria-label={`Copy ${name} key`}>
              <Copy aria-hidden="true" /> Copy
            </Button>
          )}
          {mayRotate && (
            <Button onClick={() => setRotating(true)} aria-label={`Regenerate ${name} key`}>
              <RotateCw aria-hidden="true" /> Regenerate
            </Button>
          )}
        </div>
      </div>
      {reveal.problem && <Notice tone="bad">{reveal.problem}</Notice>}
      {!canReveal && (
        <p className={style.quiet}>
          Revealing keys is turned off for this app. A new key is shown once, when it is made.
        </p>
      )}
      {current && (
        <Facts
          facts={[
            ['Created', <Time key="created" at={current.created_at} />],
            ['Last used', <LastUse key="used" use={current.last_used} />],
          ]}
        />
      )}
      {reveal.dialog}
      <RotateDialog
        environment={environment}
        open={rotating}
        onClose={() => setRotating(false)}
        onKey={reveal.show}
      />
    </>
  )
}

/** A key that was replaced and still works for a while. */
const EndingKey = ({ old }: { old: Key }) => (
  <div className={style.ending}>
    <div className={style.title}>
      <code>{old.hint}</code>
      <Badge tone="warn">Old key</Badge>
    </div>
    <Facts
      facts={[
        ['Stops working', old.expires_at && <Time key="ends" at={old.expires_at} />],
        ['Last used', <LastUse key="used" use={old.last_used} />],
      ]}
    />
  </div>
)

const LastUse = ({ use }: { use: Key['last_used'] }) =>
  use ? (
    <span className={style.use}>
      <Time at={use.at} />
      {use.address && (
        <span>
          from <code>{use.address}</code>
        </span>
      )}
      {use.route && <code className={style.route}>{use.route}</code>}
    </span>
  ) : (
    'Never'
  )
