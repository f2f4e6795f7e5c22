import { Page } from '@/ui'

export const ResetPage = () => <Page title="ResetPage">{null}</Page>
