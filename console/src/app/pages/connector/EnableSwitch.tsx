import { useState } from 'react'
import { faultText } from '@/api/fault'
import { useScope } from '@/app/scope'
import { useMay } from '@/app/session'
import { Badge, Confirm, Switch, toast } from '@/ui'
import style from './Connector.module.css'
import { type CatalogueDetail, useChangeConnector } from './detail'

/** Whether customers see the connector in this environment. */
export function EnableSwitch({ detail }: { detail: CatalogueDetail }) {
  const { entry, setting } = detail
  const { environment, environmentName } = useScope()
  const may = useMay('connectors.write')
  const change = useChangeConnector(entry.slug)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const [asking, setAsking] = useState(false)

  const enable = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      await change({ enabled: true })
      toast(`${entry.name} is enabled in ${environmentName}`)
    } catch (error) {
      setProblem(faultText(error))
    } finally {
      setBusy(false)
    }
  }
  const disable = async () => {
    await change({ enabled: false })
    toast(`${entry.name} is no longer enabled in ${environmentName}`)
  }
  if (!may) {
    return (
      <Badge tone={setting.enabled ? 'good' : 'plain'} dot>
        {setting.enabled ? `Enabled in ${environmentName}` : `Not enabled in ${environmentName}`}
      </Badge>
    )
  }
  return (
    <div className={style.enable}>
      <Switch
        label={`Enabled in ${environmentName}`}
        checked={setting.enabled}
        disabled={busy}
        error={problem}
        onChange={checked => (checked ? void enable() : setAsking(true))}
      />
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={`Disable ${entry.name} in ${environmentName}?`}
        action={`Disable in ${environmentName}`}
        typed={environment === 'live' ? entry.slug : undefined}
        onConfirm={disable}
      >
        <p>
          Customers in {environmentName} no longer see {entry.name} and cannot connect it. Its
          settings and the connections that exist are kept.
        </p>
      </Confirm>
    </div>
  )
}
