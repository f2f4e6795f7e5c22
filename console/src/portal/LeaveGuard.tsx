import { useEffect, useRef, useState } from 'react'
import { useTranslations } from '@/i18n/Translations'
import { Button } from '@/ui/Button'
import { Ask } from './Ask'
import { guardHash } from './useHash'

/** Asks before what was typed is lost: by going back in the page, or by closing it. */
export function LeaveGuard({ when }: { when: boolean }) {
  const { t } = useTranslations()
  const [asking, setAsking] = useState(false)
  const guarding = useRef(when)
  guarding.current = when
  useEffect(() => {
    const here = location.hash
    const unguard = guardHash(() => {
      if (!guarding.current || location.hash === here) return false
      // First forward to here again, then ask.
      history.pushState(null, '', here || location.pathname)
      setAsking(true)
      return true
    })
    const closing = (event: BeforeUnloadEvent) => {
      if (guarding.current) event.preventDefault()
    }
    window.addEventListener('beforeunload', closing)
    return () => {
      unguard()
      window.removeEventListener('beforeunload', closing)
    }
  }, [])
  if (!asking) return null
  const stay = () => setAsking(false)
  const leave = () => {
    guarding.current = false
    history.back()
  }
  return (
    <Ask
      title={t('leaveTitle')}
      text={t('leaveWarning')}
      onClose={stay}
      actions={
        <>
          <Button onClick={stay}>{t('stay')}</Button>
          <Button kind="danger" onClick={leave}>
            {t('leave')}
          </Button>
        </>
      }
    />
  )
}
