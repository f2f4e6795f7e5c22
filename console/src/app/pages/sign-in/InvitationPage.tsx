import { Page } from '@/ui'

export const InvitationPage = () => <Page title="InvitationPage">{null}</Page>
