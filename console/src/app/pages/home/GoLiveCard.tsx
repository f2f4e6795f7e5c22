import { useQuery } from '@tanstack/react-query'
import { A } from '@/app/links'
import { useScope } from '@/app/scope'
import { buttonClass, Notice } from '@/ui'
import { goLiveQuery, openItems } from '../go-live/goLive'

/** How far Live is from ready; silent when everything is done. */
export function GoLiveCard() {
  const { appId } = useScope()
  const { data } = useQuery(goLiveQuery(appId))
  if (!data) return null
  const { all, open, blocking } = openItems(data)
  if (open === 0) return null
  return (
    <Notice
      tone={blocking > 0 ? 'warn' : 'plain'}
      title={blocking > 0 ? 'Live is not ready yet' : 'Live works; some points are open'}
      action={
        <A to="/go-live" className={buttonClass({ small: true })}>
          Go-live checklist
        </A>
      }
    >
      {all - open} of {all} points are done. {blocking === 1 && '1 open point blocks customers.'}
      {blocking > 1 && `${blocking} open points block customers.`}
    </Notice>
  )
}
